import type { Json, JsonObject } from '../../local/json/json';
import { evaluate } from '../../local/iam/evaluation';
import { parsePolicy } from '../../local/iam/policy';

const ROLE = 'arn:aws:iam::000000000000:role/chat';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Outbox';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:failed';
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/bus/parked';

interface Question {
  readonly identity?: Json;
  readonly resource?: Json;
  readonly principal?: string;
  readonly action?: string;
  readonly on?: string;
  readonly context?: Readonly<Record<string, string>>;
}

const allow = (action: Json, resource: Json = '*', more: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...more,
});
const deny = (action: Json, resource: Json = '*', more: JsonObject = {}): JsonObject => ({
  ...allow(action, resource, more),
  Effect: 'Deny',
});
const under = (condition: JsonObject): JsonObject => allow('*', '*', { Condition: condition });

function outcome({ identity = [], resource = [], principal = ROLE, action, on, context = {} }: Question) {
  const request = {
    principal,
    action: action ?? 'dynamodb:GetItem',
    resource: on ?? TABLE,
    context: new Map(Object.entries(context)),
  };
  const document = (Statement: Json) => ({ Version: '2012-10-17', Statement });
  return evaluate(
    request,
    parsePolicy(document(identity), 'identity'),
    parsePolicy(document(resource), 'resource'),
  ).outcome;
}

// The rows follow "Policy evaluation logic" and the pages on the elements of policies in the IAM user guide.
describe('policies', () => {
  const queueTakesRule = allow('sqs:SendMessage', QUEUE, {
    Principal: { Service: 'events.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
  });
  const fromRule = { principal: 'events.amazonaws.com', action: 'sqs:SendMessage', on: QUEUE };

  test.each<[string, ReturnType<typeof outcome>, Question]>([
    ['nothing is allowed by default', 'implicit deny', {}],
    [
      'an action and a resource that are named are allowed',
      'allowed',
      { identity: [allow('dynamodb:GetItem', TABLE)] },
    ],
    ['a single statement needs no list', 'allowed', { identity: allow('dynamodb:GetItem', TABLE) }],
    ['another action is not', 'implicit deny', { identity: [allow('dynamodb:PutItem', TABLE)] }],
    ['another resource is not', 'implicit deny', { identity: [allow('dynamodb:GetItem', `${TABLE}2`)] }],
    ['actions are the same in any case', 'allowed', { identity: [allow('DynamoDB:getitem', TABLE)] }],
    [
      'resources are not',
      'implicit deny',
      { identity: [allow('dynamodb:GetItem', TABLE.replace('Out', 'out'))] },
    ],
    [
      'one of several actions is enough',
      'allowed',
      { identity: [allow(['sqs:*', 'dynamodb:GetItem'], TABLE)] },
    ],
    ['* stands for a part of an action', 'allowed', { identity: [allow('dynamodb:Get*')] }],
    ['* stands for all actions', 'allowed', { identity: [allow('*')] }],
    ['* does not reach over to another service', 'implicit deny', { identity: [allow('sqs:*')] }],
    ['? stands for one character', 'allowed', { identity: [allow('dynamodb:?etItem')] }],
    ['? stands for no fewer', 'implicit deny', { identity: [allow('dynamodb:GetItem?')] }],
    [
      'a dot of a policy is a dot',
      'implicit deny',
      { identity: [allow('dynamodb:GetItem', TABLE.replace('x', '.'))] },
    ],
    ['* stands for the end of a resource', 'allowed', { identity: [allow('*', `${TABLE.slice(0, -3)}*`)] }],
    [
      'a table is not its index',
      'implicit deny',
      { identity: [allow('*', TABLE)], on: `${TABLE}/index/due` },
    ],
    [
      'NotAction allows the others',
      'allowed',
      { identity: [{ Effect: 'Allow', NotAction: 'dynamodb:Put*', Resource: '*' }] },
    ],
    [
      'NotAction does not allow what it names',
      'implicit deny',
      { identity: [{ Effect: 'Allow', NotAction: ['sqs:*', 'dynamodb:Get*'], Resource: '*' }] },
    ],
    [
      'NotResource allows the others',
      'allowed',
      { identity: [{ Effect: 'Allow', Action: '*', NotResource: QUEUE }] },
    ],
    [
      'NotResource does not allow what it names',
      'implicit deny',
      { identity: [{ Effect: 'Allow', Action: '*', NotResource: [QUEUE, TABLE] }] },
    ],
    ['a Deny wins over an Allow before it', 'explicit deny', { identity: [allow('*'), deny('dynamodb:*')] }],
    ['a Deny wins over an Allow after it', 'explicit deny', { identity: [deny('*', TABLE), allow('*')] }],
    [
      'a Deny of something else does not matter',
      'allowed',
      { identity: [allow('*'), deny('dynamodb:PutItem')] },
    ],
    [
      'a role may do what the resource allows',
      'allowed',
      { resource: [allow('*', TABLE, { Principal: { AWS: ROLE } })] },
    ],
    ['a resource may allow everybody', 'allowed', { resource: [allow('*', TABLE, { Principal: '*' })] }],
    [
      'a resource may allow all of AWS',
      'allowed',
      { resource: [allow('*', TABLE, { Principal: { AWS: '*' } })] },
    ],
    [
      'another role gains nothing by that',
      'implicit deny',
      { resource: [allow('*', TABLE, { Principal: { AWS: `${ROLE}2` } })] },
    ],
    [
      'a resource that trusts the account leaves it to the roles',
      'implicit deny',
      { resource: [allow('*', TABLE, { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })] },
    ],
    [
      'a resource can deny what the role may do',
      'explicit deny',
      { identity: [allow('*')], resource: [deny('*', '*', { Principal: '*' })] },
    ],
    [
      'a resource can deny the account',
      'explicit deny',
      { identity: [allow('*')], resource: [deny('*', '*', { Principal: { AWS: '000000000000' } })] },
    ],
    [
      'a role can be denied what the resource allows',
      'explicit deny',
      { identity: [deny('*')], resource: [allow('*', '*', { Principal: '*' })] },
    ],
    [
      'a service may do what the resource allows it',
      'allowed',
      { ...fromRule, resource: [queueTakesRule], context: { 'aws:sourcearn': RULE } },
    ],
    [
      'but not for another rule',
      'implicit deny',
      { ...fromRule, resource: [queueTakesRule], context: { 'aws:sourcearn': `${RULE}2` } },
    ],
    ['nor for nobody', 'implicit deny', { ...fromRule, resource: [queueTakesRule] }],
    [
      'nor another service',
      'implicit deny',
      {
        ...fromRule,
        principal: 'sns.amazonaws.com',
        resource: [queueTakesRule],
        context: { 'aws:sourcearn': RULE },
      },
    ],
  ])('%s', (_, expected, question) => {
    expect(outcome(question)).toBe(expected);
  });
});

describe('conditions', () => {
  const arn = 'aws:SourceArn';
  const context = {
    'aws:sourcearn': RULE,
    'aws:securetransport': 'true',
    'aws:sourceaccount': '000000000000',
  };

  test.each<[JsonObject, boolean]>([
    [{ StringEquals: { [arn]: RULE } }, true],
    [{ StringEquals: { [arn]: [QUEUE, RULE] } }, true],
    [{ StringEquals: { [arn]: RULE.toUpperCase() } }, false],
    [{ StringEquals: { [arn]: '*' } }, false],
    [{ StringEquals: { 'AWS:sourcearn': RULE } }, true],
    [{ StringEquals: { [arn]: RULE, 'aws:SourceAccount': '1' } }, false],
    [{ StringEquals: { [arn]: RULE }, Bool: { 'aws:SecureTransport': 'false' } }, false],
    [{ StringEquals: { 'aws:PrincipalArn': ROLE } }, false],
    [{ StringEqualsIfExists: { 'aws:PrincipalArn': ROLE } }, true],
    [{ StringNotEquals: { [arn]: QUEUE } }, true],
    [{ StringNotEquals: { [arn]: [QUEUE, RULE] } }, false],
    [{ StringNotEquals: { 'aws:PrincipalArn': ROLE } }, true],
    [{ StringEqualsIgnoreCase: { [arn]: RULE.toUpperCase() } }, true],
    [{ StringNotEqualsIgnoreCase: { [arn]: RULE.toUpperCase() } }, false],
    [{ StringLike: { [arn]: 'arn:*/parked' } }, true],
    [{ StringLike: { [arn]: 'arn:*/park' } }, false],
    [{ StringNotLike: { [arn]: 'arn:*' } }, false],
    [{ ArnEquals: { [arn]: RULE } }, true],
    [{ ArnLike: { [arn]: 'arn:aws:events:*:*:rule/*' } }, true],
    [{ ArnLike: { [arn]: 'arn:*:rule/bus/parked' } }, false],
    [{ ArnLike: { [arn]: '*' } }, true],
    [{ ArnNotLike: { [arn]: 'arn:aws:sqs:*:*:*' } }, true],
    [{ ArnNotEquals: { [arn]: RULE } }, false],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, true],
    [{ Bool: { 'aws:SecureTransport': true } }, true],
    [{ Null: { 'aws:PrincipalArn': 'true' } }, true],
    [{ Null: { [arn]: 'true' } }, false],
    [{ Null: { [arn]: false } }, true],
  ])('%j holds: %s', (condition, holds) => {
    expect(outcome({ identity: [under(condition)], context })).toBe(holds ? 'allowed' : 'implicit deny');
  });
});

describe('a policy that would mean something else here than on AWS', () => {
  const identity = (statement: Json) => () => parsePolicy({ Statement: statement }, 'identity');

  test.each<[string, () => unknown, string]>([
    [
      'an operator',
      identity(under({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })),
      'the condition key aws:SourceIp is not modelled',
    ],
    [
      'a condition key',
      identity(under({ NumericLessThan: { 'aws:SourceArn': '1' } })),
      'the condition operator NumericLessThan is not modelled',
    ],
    [
      'a policy variable',
      identity(allow('*', 'arn:aws:s3:::${aws:username}')),
      'the policy variable in "arn:aws:s3:::${aws:username}" is not modelled',
    ],
    [
      'a policy variable in a condition',
      identity(under({ StringEquals: { 'aws:SourceArn': '${aws:PrincipalArn}' } })),
      'the policy variable in "${aws:PrincipalArn}" is not modelled',
    ],
    [
      'an unknown effect',
      identity({ ...allow('*'), Effect: 'allow' }),
      'the Effect of a statement is Allow or Deny',
    ],
    [
      'no action',
      identity({ Effect: 'Allow', Resource: '*' }),
      'a statement has one of Action and NotAction',
    ],
    [
      'two kinds of resources',
      identity({ ...allow('*'), NotResource: '*' }),
      'a statement has one of Resource and NotResource',
    ],
    ['an empty list', identity(allow([])), 'Action of a statement is empty'],
    [
      'a principal in the policy of a role',
      identity({ ...allow('*'), Principal: '*' }),
      'does not model Principal of a statement',
    ],
    [
      'an unknown version',
      () => parsePolicy({ Version: '2030-01-01', Statement: [] }, 'identity'),
      'the policy version "2030-01-01" is not modelled',
    ],
    [
      'an unknown principal',
      () => parsePolicy({ Statement: allow('*', '*', { Principal: { Federated: 'x' } }) }, 'resource'),
      'the principal type Federated is not modelled',
    ],
    [
      'no principal',
      () => parsePolicy({ Statement: allow('*') }, 'resource'),
      'Principal must be "*" or an object',
    ],
  ])('is refused: %s', (_, parse, message) => {
    expect(parse).toThrow(message);
  });

  test('is not refused for conditions on actions that nobody here asks for', () => {
    const statement = allow('kms:Decrypt', '*', { Condition: { StringEquals: { 'kms:ViaService': 'x' } } });
    expect(() =>
      parsePolicy({ Statement: statement }, 'identity', (action) => !action.startsWith('kms:')),
    ).not.toThrow();
  });
});
