import { evaluateCondition } from '../../local/template/conditions';
import { NO_VALUE, resolve, type Scope } from '../../local/template/intrinsics';
import type { Json } from '../../local/json/json';

/** A scope with the names that the examples of the CloudFormation reference use. */
const scope: Scope = {
  ref: (name) => {
    const values: Record<string, Json> = {
      'AWS::Region': 'us-east-1',
      'AWS::AccountId': '000000000000',
      'AWS::Partition': 'aws',
      RootDomainName: 'example.com',
      MyVPC: 'vpc-123',
      EnvironmentType: 'prod',
      AZList: ['us-east-1a', 'us-east-1b'],
      Port: 80,
    };
    if (name === 'AWS::NoValue') return NO_VALUE;
    const value = values[name];
    if (value === undefined) throw new Error(`there is no parameter or resource ${name}`);
    return value;
  },
  attribute: (logicalId, attribute) => `${logicalId}!${attribute}`,
  condition: (name) => name === 'CreateProdResources',
  mapped: (map, top, second) => `${map}/${top}/${second}`,
  imported: (name) => `imported:${name}`,
  stackOutput: (stack, output) => `${stack}->${output}`,
};

describe('intrinsic functions, by the examples of the CloudFormation template reference', () => {
  test.each<[string, Json, Json]>([
    ['a plain value stays as it is', { a: [1, 'x', true, null] }, { a: [1, 'x', true, null] }],
    ['Ref gives a parameter', { Ref: 'RootDomainName' }, 'example.com'],
    ['Ref gives a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Fn::GetAtt takes a list', { 'Fn::GetAtt': ['myELB', 'DNSName'] }, 'myELB!DNSName'],
    [
      'Fn::GetAtt takes a dotted name',
      { 'Fn::GetAtt': 'myELB.SourceSecurityGroup.GroupName' },
      'myELB!SourceSecurityGroup.GroupName',
    ],
    [
      'Fn::GetAtt takes a Ref for the attribute',
      { 'Fn::GetAtt': ['myELB', { Ref: 'EnvironmentType' }] },
      'myELB!prod',
    ],
    ['Fn::Join joins with its delimiter', { 'Fn::Join': [':', ['a', 'b', 'c']] }, 'a:b:c'],
    [
      'Fn::Join resolves its parts',
      {
        'Fn::Join': [
          '',
          ['arn:', { Ref: 'AWS::Partition' }, ':s3:::elasticbeanstalk-*-', { Ref: 'AWS::AccountId' }],
        ],
      },
      'arn:aws:s3:::elasticbeanstalk-*-000000000000',
    ],
    [
      'Fn::Join takes a list that another function gives',
      { 'Fn::Join': [',', { Ref: 'AZList' }] },
      'us-east-1a,us-east-1b',
    ],
    ['Fn::Join writes numbers as text', { 'Fn::Join': ['', ['port ', { Ref: 'Port' }]] }, 'port 80'],
    [
      'Fn::Sub replaces names, attributes and pseudo parameters',
      { 'Fn::Sub': 'arn:aws:ec2:${AWS::Region}:${AWS::AccountId}:vpc/${MyVPC}/${MyVPC.CidrBlock}' },
      'arn:aws:ec2:us-east-1:000000000000:vpc/vpc-123/MyVPC!CidrBlock',
    ],
    [
      'Fn::Sub takes a map of variables, which come first',
      { 'Fn::Sub': ['www.${Domain} in ${MyVPC}', { Domain: { Ref: 'RootDomainName' }, MyVPC: 'my own' }] },
      'www.example.com in my own',
    ],
    ['Fn::Sub keeps a literal', { 'Fn::Sub': 'Hello ${!Literal}' }, 'Hello ${Literal}'],
    [
      'Fn::Select takes an index',
      { 'Fn::Select': ['1', ['apples', 'grapes', 'oranges', 'mangoes']] },
      'grapes',
    ],
    ['Fn::Select takes what Fn::Split gives', { 'Fn::Select': [2, { 'Fn::Split': ['|', 'a|b|c'] }] }, 'c'],
    ['Fn::Split keeps empty parts', { 'Fn::Split': ['|', 'a||c|'] }, ['a', '', 'c', '']],
    ['Fn::Split resolves its source', { 'Fn::Split': [',', { 'Fn::ImportValue': 'Ids' }] }, ['imported:Ids']],
    ['Fn::Base64 encodes', { 'Fn::Base64': 'AWS CloudFormation' }, 'QVdTIENsb3VkRm9ybWF0aW9u'],
    [
      'Fn::FindInMap resolves its keys',
      { 'Fn::FindInMap': ['RegionMap', { Ref: 'AWS::Region' }, 'HVM64'] },
      'RegionMap/us-east-1/HVM64',
    ],
    [
      'Fn::ImportValue resolves the name',
      { 'Fn::ImportValue': { 'Fn::Sub': '${MyVPC}-SubnetID' } },
      'imported:vpc-123-SubnetID',
    ],
    [
      'Fn::GetStackOutput reads another stack',
      { 'Fn::GetStackOutput': { StackName: 'Net', OutputName: 'VpcId' } },
      'Net->VpcId',
    ],
    [
      'Fn::If takes the first value when the condition holds',
      { 'Fn::If': ['CreateProdResources', 'c1.xlarge', 'm1.small'] },
      'c1.xlarge',
    ],
    [
      'Fn::If takes the second when it does not',
      { 'Fn::If': ['Other', 'c1.xlarge', { Ref: 'MyVPC' }] },
      'vpc-123',
    ],
    ['Fn::If never looks at the value not taken', { 'Fn::If': ['Other', { Ref: 'Nobody' }, 'ok'] }, 'ok'],
    ['AWS::NoValue leaves a property out', { keep: 1, drop: { Ref: 'AWS::NoValue' } }, { keep: 1 }],
    [
      'AWS::NoValue leaves an element out',
      [1, { 'Fn::If': ['Other', 2, { Ref: 'AWS::NoValue' }] }, 3],
      [1, 3],
    ],
    ['an object that merely has a member Ref stays', { Ref: 'MyVPC', other: 1 }, { Ref: 'MyVPC', other: 1 }],
  ])('%s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  test.each<[string, Json, string]>([
    [
      'an unmodelled function is named',
      { 'Fn::GetAZs': '' },
      'the intrinsic function Fn::GetAZs is not modelled',
    ],
    ['a macro is named', { 'Fn::Transform': { Name: 'AWS::Include' } }, 'Fn::Transform is not modelled'],
    ['an unknown name is named', { 'Fn::Sub': 'x${Nobody}' }, 'there is no parameter or resource Nobody'],
    ['an index beyond the list is named', { 'Fn::Select': [4, ['a']] }, 'Fn::Select has no element 4'],
    [
      'a function beside other keys is refused',
      { 'Fn::Join': ['', []], x: 1 },
      'Fn::Join stands beside other keys',
    ],
    ['a join of objects is refused', { 'Fn::Join': ['', [{ a: 1 }]] }, 'a string is needed, not {"a":1}'],
    ['a join with too few arguments is refused', { 'Fn::Join': [''] }, 'Fn::Join needs a list of 2'],
    [
      'AWS::NoValue inside a function is refused',
      { 'Fn::Base64': { Ref: 'AWS::NoValue' } },
      'AWS::NoValue stands where',
    ],
    [
      'an output of another region is refused',
      { 'Fn::GetStackOutput': { StackName: 'Net', OutputName: 'VpcId', Region: 'eu-west-1' } },
      'Fn::GetStackOutput with Region is not modelled',
    ],
  ])('%s', (_, value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe('condition functions', () => {
  const isProd: Json = { 'Fn::Equals': [{ Ref: 'EnvironmentType' }, 'prod'] };
  const isTest: Json = { 'Fn::Equals': [{ Ref: 'EnvironmentType' }, 'test'] };

  test.each<[string, Json, boolean]>([
    ['Fn::Equals compares what its sides resolve to', isProd, true],
    ['Fn::Equals compares as text', { 'Fn::Equals': [{ Ref: 'Port' }, '80'] }, true],
    ['Fn::Equals minds upper and lower case', { 'Fn::Equals': ['Prod', 'prod'] }, false],
    ['Fn::Not turns it round', { 'Fn::Not': [isTest] }, true],
    ['Fn::And needs all', { 'Fn::And': [isProd, isTest] }, false],
    ['Fn::Or needs one', { 'Fn::Or': [isTest, isProd] }, true],
    ['Condition refers to another one', { 'Fn::And': [{ Condition: 'CreateProdResources' }, isProd] }, true],
  ])('%s', (_, expression, expected) => {
    expect(evaluateCondition(expression, scope)).toBe(expected);
  });

  test.each<[Json, string]>([
    [{ 'Fn::Contains': [['a'], 'a'] }, 'the condition function Fn::Contains is not modelled'],
    [{ 'Fn::Or': [isProd] }, 'Fn::Or takes 2 to 10 conditions, not 1'],
    ['prod', 'a condition is one function, not "prod"'],
  ])('%j is refused', (expression, message) => {
    expect(() => evaluateCondition(expression, scope)).toThrow(message);
  });
});
