/**
 * The goal of a nested stack, as the documents of a goal: made when the resource's properties are values, and compiled like any other. All
 * documents are those of the root, so a child's goal says by itself what it was made from.
 */
import { present } from '../../std/assert.ts';
import type { JsonMap } from '../../std/json.ts';
import type { Definition, Facade, GoalDocuments } from '../definition.ts';

/** What the resource says, as values. */
export interface ResolvedFacade {
  /** The template. */
  readonly text: string;
  /** Of the template, checked; those without a value are left out. */
  readonly parameters: JsonMap;
  readonly metadata: Facade['metadata'];
  readonly updatePolicy: Facade['updatePolicy'];
}

/** `parent` is the goal that the definition called `name` stands in. */
export function childDocuments(
  parent: GoalDocuments,
  name: string,
  definition: Definition,
  { text, parameters, metadata, updatePolicy }: ResolvedFacade,
): GoalDocuments {
  const { file, without, hidden } = present(definition.nested, `the template of ${name}`);
  return {
    template: { name: file, text },
    files: parent.files,
    environments: parent.environments,
    parameters,
    nested: {
      resources: [...(parent.nested?.resources ?? []), name],
      without,
      hidden,
      facade: { metadata, deletionPolicy: definition.deletionPolicy, updatePolicy },
    },
  };
}
