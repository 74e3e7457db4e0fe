/** What can be held against deploy/ without a cluster: it parses, and what it names exists here, with values that fit together. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { createProgram } from '../src/cli/program.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

interface Compose {
  readonly services: { readonly [name: string]: { readonly command?: readonly string[]; readonly stop_grace_period?: string } };
}

interface Engine {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly livenessProbe: { readonly httpGet: { readonly path: string } };
          readonly readinessProbe: { readonly httpGet: { readonly path: string } };
        }[];
      };
    };
  };
}

const compose = parse(read('deploy/compose.yaml'), { merge: true }) as Compose;
const engine = parseAllDocuments(read('deploy/kubernetes/engine.yaml'))[0]!.toJS() as Engine;

function assertCommandLine(args: readonly string[]): void {
  const command = createProgram().commands.find((candidate) => candidate.name() === args[0]);
  assert.ok(command, `there is a command ${args[0]}`);
  const known = [...command.options, ...createProgram().options].flatMap((option) => option.long ?? []);
  for (const option of args.filter((arg) => arg.startsWith('--'))) assert.ok(known.includes(option), `${args[0]} ${option}`);
}

const drainOf = (args: readonly string[]): number => Number(/^(\d+)s$/.exec(args[args.indexOf('--drain') + 1]!)![1]);

test('every manifest parses, without a duplicate key, and says what it is', () => {
  const files = globSync('deploy/**/*.yaml');
  assert.ok(files.length >= 6);
  for (const file of files) {
    for (const document of parseAllDocuments(read(file), { merge: true })) {
      assert.deepEqual(document.errors, [], file);
      const content = document.toJS() as { kind?: string; apiVersion?: string };
      if (file.includes('kubernetes')) assert.ok(content.kind && content.apiVersion, file);
    }
  }
});

test('what kustomize lists is there', () => {
  const { resources } = parse(read('deploy/kubernetes/kustomization.yaml')) as { resources: string[] };
  for (const resource of resources) assert.ok(existsSync(`deploy/kubernetes/${resource}`), resource);
});

test('commands and options exist', () => {
  const commands = Object.values(compose.services).flatMap((service) => (service.command ? [service.command] : []));
  const image = /^CMD (\[.*\])$/m.exec(read('deploy/Dockerfile'))![1]!;
  for (const args of [...commands, engine.spec.template.spec.containers[0]!.args, JSON.parse(image) as string[]])
    if (args[0] !== 'migrate') assertCommandLine(args);
});

test('an engine is given longer to leave than it takes to drain', () => {
  const { terminationGracePeriodSeconds, containers } = engine.spec.template.spec;
  assert.ok(terminationGracePeriodSeconds > drainOf(containers[0]!.args));
  const service = compose.services['engine']!;
  assert.ok(Number(/^(\d+)s$/.exec(service.stop_grace_period!)![1]) > drainOf(service.command!));
});

test('the probes ask for what is served', () => {
  const [container] = engine.spec.template.spec.containers;
  const served = read('src/main/observing/serve-status.ts');
  for (const probe of [container!.livenessProbe, container!.readinessProbe])
    assert.ok(served.includes(`'${probe.httpGet.path}'`));
});

test('the image is built from files that are there, and starts what the build makes', () => {
  const text = read('deploy/Dockerfile');
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '));
  for (const path of copied) assert.ok(existsSync(path), path);
  const { bin } = JSON.parse(read('package.json')) as { bin: { setpoint: string } };
  assert.ok(text.includes(`/app/${bin.setpoint}`));
});
