/** All checkers; made anew for each run, for some remember. */

import { checkAccounts } from './accounts.ts';
import { checkAtRest } from './at-rest.ts';
import type { Checker } from './checker.ts';
import { checkDatabaseRules } from './database-rules.ts';
import { checkDeadlines } from './deadlines.ts';
import { checkFences } from './fences.ts';
import { checkForesight } from './foresight.ts';
import { checkGraph } from './graph.ts';
import { checkHooks } from './hooks.ts';
import { checkLimits } from './limits.ts';
import { checkOrder } from './order.ts';
import { checkRetention } from './retention.ts';
import { checkSecrets } from './secrets.ts';
import { checkSinks } from './sinks.ts';
import { checkTracked } from './tracked.ts';
import { checkTransitions } from './transitions.ts';
import { checkTree } from './tree.ts';

export function createCheckers(): readonly Checker[] {
  return [
    checkTransitions(),
    checkGraph(),
    checkHooks(),
    checkTracked(),
    checkAccounts(),
    checkOrder(),
    checkFences(),
    checkAtRest(),
    checkTree(),
    checkSecrets(),
    checkLimits(),
    checkSinks(),
    checkRetention(),
    checkDatabaseRules(),
    checkForesight(),
    checkDeadlines(),
  ];
}
