/**
 * Which names are types of OpenStack Heat, so that a template made for it is told that, and not that it has a typo. By service, since older
 * versions of Heat had types that newer ones have not.
 */
const SERVICES =
  /^(?:OS::(?:Aodh|Barbican|Blazar|Ceilometer|Cinder|Designate|Glance|Heat|Ironic|Keystone|Magnum|Manila|Mistral|Monasca|Neutron|Nova|Octavia|Sahara|Senlin|Swift|Trove|Vitrage|Zaqar|Zun)|AWS::(?:AutoScaling|CloudFormation|CloudWatch|EC2|ElasticLoadBalancing|IAM|RDS|S3))::/;

export function isHeatTypeName(name: string): boolean {
  return SERVICES.test(name);
}
