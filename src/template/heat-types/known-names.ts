/**
 * Which names are types of OpenStack Heat, so that a template made for it is told that, and not that it has a typo. By service, since older
 * versions of Heat had types that newer ones have not.
 */
const SERVICES =
  /^(?:OS::(?:Aodh|Barbican|Blazar|Ceilometer|Cinder|Designate|Glance|Heat|Ironic|Keystone|Magnum|Manila|Mistral|Monasca|Neutron|Nova|Octavia|Sahara|Senlin|Swift|Trove|Vitrage|Zaqar|Zun)|AWS::(?:AutoScaling|CloudFormation|CloudWatch|EC2|ElasticLoadBalancing|IAM|RDS|S3))::/;

/** What Heat had and has no more, with what has taken its place; as of 2026. */
const DROPPED: readonly (readonly [RegExp, string])[] = [
  [/^OS::Neutron::LBaaS::/, 'the types of OS::Octavia have taken their place'],
  [/^OS::(?:Sahara|Senlin|Monasca|Vitrage)::/, 'the service is not part of OpenStack any more'],
  [/^OS::Glance::Image$/, 'OS::Glance::WebImage has taken its place'],
];

/** What became of a type that Heat has dropped; undefined for every other name. */
export function droppedType(name: string): string | undefined {
  return DROPPED.find(([pattern]) => pattern.test(name))?.[1];
}

export function isHeatTypeName(name: string): boolean {
  return SERVICES.test(name);
}
