import { type Breakage, noBreakage } from './breakage.ts';
export function findMutation(_name: string): Breakage { return noBreakage; }
