/** How the two template languages, HOT and CloudFormation, spell the same sections and keys. */

export interface TemplateKeys {
  readonly sections: {
    readonly description: string;
    readonly parameters: string;
    readonly resources: string;
    readonly outputs: string;
    readonly conditions: string;
    /** null where the language has none. */
    readonly parameterGroups: string | null;
    readonly mappings: string | null;
  };
  readonly resource: {
    readonly type: string;
    readonly properties: string;
    readonly metadata: string;
    readonly dependsOn: string;
    readonly deletionPolicy: string;
    readonly updatePolicy: string;
    readonly description: string;
    readonly externalId: string | null;
    readonly condition: string;
  };
  readonly output: { readonly description: string; readonly value: string; readonly condition: string };
}

export const HOT_KEYS: TemplateKeys = {
  sections: {
    description: 'description',
    parameters: 'parameters',
    resources: 'resources',
    outputs: 'outputs',
    conditions: 'conditions',
    parameterGroups: 'parameter_groups',
    mappings: null,
  },
  resource: {
    type: 'type',
    properties: 'properties',
    metadata: 'metadata',
    dependsOn: 'depends_on',
    deletionPolicy: 'deletion_policy',
    updatePolicy: 'update_policy',
    description: 'description',
    externalId: 'external_id',
    condition: 'condition',
  },
  output: { description: 'description', value: 'value', condition: 'condition' },
};

export const CFN_KEYS: TemplateKeys = {
  sections: {
    description: 'Description',
    parameters: 'Parameters',
    resources: 'Resources',
    outputs: 'Outputs',
    conditions: 'Conditions',
    parameterGroups: null,
    mappings: 'Mappings',
  },
  resource: {
    type: 'Type',
    properties: 'Properties',
    metadata: 'Metadata',
    dependsOn: 'DependsOn',
    deletionPolicy: 'DeletionPolicy',
    updatePolicy: 'UpdatePolicy',
    description: 'Description',
    externalId: null,
    condition: 'Condition',
  },
  output: { description: 'Description', value: 'Value', condition: 'Condition' },
};

export function resourceKeysOf({ resource }: TemplateKeys): readonly string[] {
  return Object.values(resource).filter((key) => key !== null);
}
