import { parseEventPattern } from '../../local/bus/event-pattern';
import { parseTargetInput } from '../../local/bus/target-input';
import type { JsonObject } from '../../local/json/json';

/** The event of "Creating Amazon EventBridge event patterns". */
const ec2Event = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};

/** Patterns and events from the pages on event patterns and their comparison operators, EventBridge user guide. */
const documented: [string, JsonObject, JsonObject, boolean][] = [
  [
    'the first example of the guide',
    {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['terminated'] },
    },
    ec2Event,
    true,
  ],
  ['a value that is not listed', { detail: { state: ['running', 'pending'] } }, ec2Event, false],
  ['one of several values', { detail: { state: ['running', 'terminated'] } }, ec2Event, true],
  ['a field that the event lacks', { detail: { reason: ['any'] } }, ec2Event, false],
  [
    'an element of an array',
    { resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'] },
    ec2Event,
    true,
  ],
  [
    'arrays on both sides that share a value',
    {
      resources: [
        'arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f',
        'arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f',
      ],
    },
    {
      resources: [
        'arn:aws:autoscaling:us-east-1:123456789012:group',
        'arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f',
      ],
    },
    true,
  ],
  ['an empty string', { detail: { eventVersion: [''] } }, { detail: { eventVersion: '' } }, true],
  ['null', { detail: { responseElements: [null] } }, { detail: { responseElements: null } }, true],
  [
    'null against an empty string',
    { detail: { eventVersion: [null] } },
    { detail: { eventVersion: '' } },
    false,
  ],
  ['a number', { Price: [100] }, { Price: 100 }, true],
  ['a number against its text', { Price: [100] }, { Price: '100' }, false],
  ['prefix', { time: [{ prefix: '2017-10-02' }] }, { time: '2017-10-02T18:43:48Z' }, true],
  ['prefix that differs', { time: [{ prefix: '2017-10-02' }] }, { time: '2017-10-03T18:43:48Z' }, false],
  [
    'prefix, ignoring case',
    { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    { service: 'eventbridge' },
    true,
  ],
  ['suffix', { FileName: [{ suffix: '.png' }] }, { FileName: 'a.png' }, true],
  ['suffix that differs', { FileName: [{ suffix: '.png' }] }, { FileName: 'a.png.txt' }, false],
  [
    'suffix, ignoring case',
    { FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] },
    { FileName: 'a.PNG' },
    true,
  ],
  [
    'anything-but a string',
    { detail: { state: [{ 'anything-but': 'initializing' }] } },
    { detail: { state: 'running' } },
    true,
  ],
  [
    'anything-but that string',
    { detail: { state: [{ 'anything-but': 'initializing' }] } },
    { detail: { state: 'initializing' } },
    false,
  ],
  [
    'anything-but a number',
    { detail: { 'x-limit': [{ 'anything-but': 123 }] } },
    { detail: { 'x-limit': 124 } },
    true,
  ],
  [
    'anything-but strings',
    { detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } },
    { detail: { state: 'overloaded' } },
    false,
  ],
  [
    'anything-but numbers',
    { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } },
    { detail: { 'x-limit': 250 } },
    true,
  ],
  [
    'anything-but of a field that is absent',
    { detail: { state: [{ 'anything-but': 'initializing' }] } },
    { detail: {} },
    false,
  ],
  [
    'anything-but ignoring case',
    { detail: { state: [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }] } },
    { detail: { state: 'INITIALIZING' } },
    false,
  ],
  [
    'anything-but ignoring case, a list',
    { detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }] } },
    { detail: { state: 'Stopped' } },
    false,
  ],
  [
    'anything-but prefix',
    { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } },
    { detail: { state: 'initializing' } },
    false,
  ],
  [
    'anything-but prefixes',
    { detail: { state: [{ 'anything-but': { prefix: ['init', 'stop'] } }] } },
    { detail: { state: 'running' } },
    true,
  ],
  [
    'anything-but suffix',
    { FileName: [{ 'anything-but': { suffix: '.txt' } }] },
    { FileName: 'a.png' },
    true,
  ],
  [
    'anything-but suffixes',
    { FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    { FileName: 'a.rtf' },
    false,
  ],
  [
    'anything-but wildcard',
    { FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
    { FilePath: '/usr/lib/x' },
    false,
  ],
  [
    'anything-but wildcards',
    { FilePath: [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }] },
    { FilePath: '/usr/share/x' },
    true,
  ],
  [
    'numeric in a range',
    { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] } },
    { detail: { 'c-count': 5 } },
    true,
  ],
  [
    'numeric outside its range',
    { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] } },
    { detail: { 'c-count': 0 } },
    false,
  ],
  [
    'numeric less than',
    { detail: { 'd-count': [{ numeric: ['<', 10] }] } },
    { detail: { 'd-count': 9.5 } },
    true,
  ],
  [
    'numeric equality',
    { detail: { 'x-limit': [{ numeric: ['=', 3.018e2] }] } },
    { detail: { 'x-limit': 301.8 } },
    true,
  ],
  [
    'numeric against text',
    { detail: { 'd-count': [{ numeric: ['<', 10] }] } },
    { detail: { 'd-count': '9' } },
    false,
  ],
  [
    'an IPv4 range',
    { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } },
    { detail: { sourceIPAddress: '10.0.0.255' } },
    true,
  ],
  [
    'outside the IPv4 range',
    { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } },
    { detail: { sourceIPAddress: '10.0.1.0' } },
    false,
  ],
  [
    'an IPv6 range',
    { detail: { sourceIPAddress: [{ cidr: '2001:db8::/32' }] } },
    { detail: { sourceIPAddress: '2001:db8::1' } },
    true,
  ],
  [
    'text that is no address',
    { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } },
    { detail: { sourceIPAddress: 'ten' } },
    false,
  ],
  ['exists', { detail: { ProductName: [{ exists: true }] } }, { detail: { ProductName: 'x' } }, true],
  ['exists where it does not', { detail: { state: [{ exists: true }] } }, { detail: {} }, false],
  [
    'absence',
    { detail: { 'c-count': [{ exists: false }] } },
    { detail: { state: ['initializing', 'running'] } },
    true,
  ],
  [
    'absence of a leaf where there is an object',
    { detail: { 'c-count': [{ exists: false }] } },
    { detail: { state: 'running', 'c-count': { c1: 100 } } },
    true,
  ],
  ['absence below an absent object', { detail: { a: { b: [{ exists: false }] } } }, { detail: {} }, true],
  [
    'equals-ignore-case',
    { 'detail-type': [{ 'equals-ignore-case': 'ec2 instance state-change notification' }] },
    ec2Event,
    true,
  ],
  [
    'a wildcard',
    { EventBusArn: [{ wildcard: 'arn:aws:events:*:*:event-bus/*' }] },
    { EventBusArn: 'arn:aws:events:us-east-1:1:event-bus/x' },
    true,
  ],
  [
    'a wildcard with an escaped star',
    { Path: [{ wildcard: 'C:\\\\\\*\\\\*.txt' }] },
    { Path: 'C:\\*\\a.txt' },
    true,
  ],
  [
    'a wildcard that takes a dot and a dash literally',
    { Path: [{ wildcard: '*.a-b' }] },
    { Path: 'xxa-b' },
    false,
  ],
  [
    'the complex example',
    {
      time: [{ prefix: '2017-10-02' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    },
    { time: '2017-10-02T18:43:48Z', detail: { state: 'running', 'c-count': 3, 'd-count': 2, 'x-limit': 1 } },
    true,
  ],
  [
    '$or, second alternative',
    {
      detail: {
        $or: [{ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] }, { 'd-count': [{ numeric: ['<', 10] }] }],
      },
    },
    { detail: { 'c-count': 9, 'd-count': 1 } },
    true,
  ],
  [
    '$or beside another field, which must match too',
    { source: ['aws.ec2'], $or: [{ region: ['us-west-1'] }, { account: ['9'] }] },
    { ...ec2Event, source: 'aws.s3' },
    false,
  ],
  [
    'objects in an array, whose fields must match in one element',
    { detail: { items: { a: [1], b: [2] } } },
    {
      detail: {
        items: [
          { a: 1, b: 3 },
          { a: 2, b: 2 },
        ],
      },
    },
    false,
  ],
];

describe('event patterns', () => {
  it.each(documented)('decides as EventBridge documents: %s', (_title, pattern, event, expected) => {
    expect(parseEventPattern(pattern)(event)).toBe(expected);
  });

  it.each<[string, JsonObject, string]>([
    [
      'an unknown operator',
      { source: [{ contains: 'x' }] },
      'EventPattern.source: unknown operator contains',
    ],
    ['two operators in one object', { source: [{ prefix: 'a', suffix: 'b' }] }, 'exactly one key'],
    ['a value without its list', { source: 'x' }, 'EventPattern.source must be a list'],
    ['an empty list', { detail: { state: [] } }, 'EventPattern.detail.state must be a list'],
    ['an empty pattern', {}, 'EventPattern must not be empty'],
    ['a single alternative in $or', { $or: [{ source: ['x'] }] }, '$or must list at least two'],
    ['strings and numbers mixed in anything-but', { a: [{ 'anything-but': ['x', 1] }] }, 'not a mixture'],
    ['an unknown comparison', { a: [{ numeric: ['!=', 1] }] }, 'no comparison "!="'],
    ['an address range without its bits', { a: [{ cidr: '10.0.0.1' }] }, 'not an address range'],
    ['two stars in a row', { a: [{ wildcard: 'a**b' }] }, 'two * in a row'],
    ['exists with text', { a: [{ exists: 'yes' }] }, 'exists takes true or false'],
  ])('refuses %s when the rule is made', (_title, pattern, message) => {
    expect(() => parseEventPattern(pattern)).toThrow(message);
  });
});

/** The event and the table of "Amazon EventBridge input transformation". */
const stateChange = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2015-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: { 'instance-id': 'i-0123456789', state: 'RUNNING' },
};
const withoutDetail: Partial<typeof stateChange> = { ...stateChange };
delete withoutDetail.detail;
const rule = { name: 'example', arn: 'arn:aws:events:us-east-2:123456789012:rule/example', received: 0 };
const InputPathsMap = { timestamp: '$.time', instance: '$.detail.instance-id', state: '$.detail.state' };

describe('the input of a target', () => {
  it.each<[string, string, string]>([
    ['a simple string', '"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    [
      'a string with escaped quotes',
      '"instance \\"<instance>\\" is in <state>"',
      '"instance \\"i-0123456789\\" is in RUNNING"',
    ],
    [
      'simple JSON',
      '{\n  "instance" : <instance>,\n  "state": <state>\n}',
      '{"instance":"i-0123456789","state":"RUNNING"}',
    ],
    [
      'JSON with strings and variables',
      '{"instance": <instance>, "state": "<state>", "instanceStatus": "instance \\"<instance>\\" is in <state>"}',
      '{"instance":"i-0123456789","state":"RUNNING","instanceStatus":"instance \\"i-0123456789\\" is in RUNNING"}',
    ],
    [
      'variables and static information',
      '{"instance": <instance>, "state": [ 9, <state>, true ], "Transformed": "Yes"}',
      '{"instance":"i-0123456789","state":[9,"RUNNING",true],"Transformed":"Yes"}',
    ],
    [
      'reserved variables',
      '{"ruleArn": <aws.events.rule-arn>, "ruleName": <aws.events.rule-name>, "event": <aws.events.event.json>}',
      JSON.stringify({ ruleArn: rule.arn, ruleName: rule.name, event: stateChange }),
    ],
    ['the event without its detail', '<aws.events.event>', JSON.stringify(withoutDetail)],
    ['a reserved variable in a string', '"<aws.events.rule-name> triggered"', '"example triggered"'],
    ['plain text', '<instance> at <timestamp>', '"i-0123456789" at "2015-11-11T21:29:54Z"'],
  ])('fills a template as documented: %s', (_title, InputTemplate, expected) => {
    expect(parseTargetInput({ InputTransformer: { InputPathsMap, InputTemplate } })(stateChange, rule)).toBe(
      expected,
    );
  });

  it('is the event, a constant or a part of the event where no template is given', () => {
    expect(JSON.parse(parseTargetInput({})(stateChange, rule))).toEqual(stateChange);
    expect(parseTargetInput({ Input: '{"a":1}' })(stateChange, rule)).toBe('{"a":1}');
    expect(parseTargetInput({ InputPath: '$.detail' })(stateChange, rule)).toBe(
      '{"instance-id":"i-0123456789","state":"RUNNING"}',
    );
  });

  it('refuses a template that uses a variable which nothing defines', () => {
    expect(() => parseTargetInput({ InputTransformer: { InputTemplate: '{"x": <unknown>}' } })).toThrow(
      'InputTemplate uses <unknown>',
    );
  });

  it('refuses a path with a wildcard, which is not modelled', () => {
    expect(() => parseTargetInput({ InputPath: '$.resources[*]' })).toThrow('$.resources[*] is not modelled');
  });
});
