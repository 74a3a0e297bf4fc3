import type { JsonObject } from '../../local/json/json';
import { loadDefinition } from '../../local/state-machines/validate';
import { flow, invoke, LAMBDA, machine } from './state-machines-fixture';

const DONE = { Type: 'Succeed' };
const CATCH = { ErrorEquals: ['States.ALL'], Next: 'Done' };

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return --
   the plants reach deep into a definition that is wrong on purpose */
type Planted = any;

/** A machine that uses most of what is modelled, in which the tests plant their mistakes. */
function sound(): Planted {
  const definition = machine({
    Set: { Type: 'Pass', Assign: { room: '{% $states.input.room %}' }, Next: 'Look' },
    Look: {
      Type: 'Task',
      Resource: LAMBDA,
      Arguments: { FunctionName: 'look', Payload: { room: '{% $room %}' } },
      Assign: { parts: '{% $states.result.Payload.parts %}' },
      Output: '{% $states.result.Payload %}',
      Retry: [{ ErrorEquals: ['Busy'] }, { ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
      Catch: [
        { ErrorEquals: ['Gone'], Next: 'Done' },
        { ...CATCH, Output: '{% $states.errorOutput %}' },
      ],
      Next: 'Any?',
    },
    'Any?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $count($parts) > 0 %}', Next: 'Each' }],
      Default: 'Done',
    },
    Each: {
      Type: 'Map',
      Items: '{% $parts %}',
      ItemSelector: { part: '{% $states.context.Map.Item.Value %}', room: '{% $room %}' },
      ItemProcessor: flow(
        {
          One: invoke('one', { Next: 'Two' }),
          Two: {
            Type: 'Pass',
            Output: { n: '{% ($n := 1; $map([1,2], function($v) { $v + $n })) %}' },
            End: true,
          },
        },
        { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } },
      ),
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        flow({ Read: { Type: 'Pass', Assign: { own: 1 }, Output: { room: '{% $room %}' }, End: true } }),
      ],
      Next: 'Done',
    },
    Done: DONE,
  });
  return structuredClone(definition) as Planted;
}

it('accepts a sound machine', () => {
  expect(() => loadDefinition('broadcast', 'STANDARD', JSON.stringify(sound()))).not.toThrow();
});

describe('refuses, naming machine and state,', () => {
  const plants: [string, (states: any, definition: any) => void, RegExp][] = [
    [
      'a variable that nothing assigns',
      (s) => (s.Done.Output = '{% $rom %}'),
      /State 'Done', Output: the variable \$rom is not assigned on any path/,
    ],
    [
      'a variable that is assigned only later',
      (s) => (s.Set.Output = '{% $parts %}'),
      /State 'Set', Output: the variable \$parts is not assigned/,
    ],
    [
      'a variable that a branch keeps to itself',
      (s) => (s.Done.Output = '{% $own %}'),
      /State 'Done', Output: the variable \$own is not assigned/,
    ],
    [
      'an outer variable in a child of a DISTRIBUTED Map',
      (s) => (s.Each.ItemProcessor.States.Two.Output = '{% $room %}'),
      /State 'Two', Output: \$room belongs to the machine around the DISTRIBUTED Map/,
    ],
    [
      'an assignment to an outer variable',
      (s) => (s.Both.Branches[0].States.Read.Assign = { room: 1 }),
      /State 'Read' assigns \$room, which belongs to the scope around it/,
    ],
    [
      'an unknown function',
      (s) => (s.Done.Output = "{% $uppercas('a') %}"),
      /State 'Done', Output: the expression calls the unknown function \$uppercas/,
    ],
    [
      '$eval',
      (s) => (s.Done.Output = "{% $eval('1') %}"),
      /State 'Done', Output: the expression calls \$eval, which Step Functions disables/,
    ],
    [
      'a name at the top level',
      (s) => (s.Done.Output = '{% phone.number %}'),
      /the expression refers to 'phone' at the top level/,
    ],
    ['$$', (s) => (s.Done.Output = '{% $$.a %}'), /the expression refers to \$\$/],
    [
      '$states.result in a Choice',
      (s) => (s['Any?'].Choices[0].Condition = '{% $states.result.n > 0 %}'),
      /State 'Any\?', Choices\[0\]\/Condition: \$states.result has no value in a Choice/,
    ],
    [
      '$states.result in Arguments',
      (s) => (s.Look.Arguments.Payload = '{% $states.result %}'),
      /State 'Look', Arguments\/Payload: \$states.result has no value here/,
    ],
    [
      '$states.errorOutput outside a catcher',
      (s) => (s.Look.Output = '{% $states.errorOutput %}'),
      /State 'Look', Output: \$states.errorOutput has no value here/,
    ],
    [
      'a member that $states does not have',
      (s) => (s.Done.Output = '{% $states.inptu %}'),
      /State 'Done', Output: \$states.inptu has no value here/,
    ],
    [
      'States.ALL before another catcher',
      (s) => s.Look.Catch.reverse(),
      /State 'Look' names States.ALL in Catch\[0\], which must be the last/,
    ],
    [
      'States.ALL before another retrier',
      (s) => s.Look.Retry.reverse(),
      /State 'Look' names States.ALL in Retry\[0\], which must be the last/,
    ],
    [
      'States.ALL beside another error',
      (s) => s.Look.Catch[1].ErrorEquals.push('Boom'),
      /State 'Look' names States.ALL in Catch\[1\] beside other errors/,
    ],
    [
      'an unfilled placeholder',
      (s) => (s.Look.Arguments.FunctionName = '${LookFunction}'),
      /The placeholder \$\{LookFunction\} has no value/,
    ],
    [
      'a Next that leads nowhere',
      (s) => (s.Look.Next = 'Any'),
      /State 'Look' goes to 'Any', which is no state beside it/,
    ],
    [
      'a Next out of a branch',
      (s) => (s.Both.Branches[0].States.Read = { Type: 'Pass', Next: 'Done' }),
      /State 'Read' goes to 'Done', which is no state beside it/,
    ],
    [
      'a catcher’s Next that leads nowhere',
      (s) => (s.Look.Catch[0].Next = 'Gone'),
      /State 'Look' goes to 'Gone'/,
    ],
    [
      'a state that nothing leads to',
      (s) => (s.Lost = { Type: 'Succeed' }),
      /State 'Lost' can never be reached/,
    ],
    ['a StartAt that names no state', (_, d) => (d.StartAt = 'Begin'), /StartAt names 'Begin'/],
    [
      'a name used twice',
      (s) => (s.Both.Branches[0] = flow({ Look: { Type: 'Pass', End: true } })),
      /State 'Look' exists twice/,
    ],
    [
      'a JSONPath machine',
      (_, d) => delete d.QueryLanguage,
      /QueryLanguage must be JSONata; JSONPath is not modelled/,
    ],
    [
      'a JSONPath state',
      (s) => (s.Set.QueryLanguage = 'JSONPath'),
      /State 'Set': QueryLanguage JSONPath is not modelled/,
    ],
    ['a JSONPath field', (s) => (s.Set.ResultPath = '$.a'), /State 'Set': ResultPath belongs to JSONPath/],
    [
      'a field that is not modelled',
      (s) => (s.Look.HeartbeatSeconds = 5),
      /State 'Look': the field HeartbeatSeconds is not modelled/,
    ],
    [
      'batches',
      (s) => (s.Each.ItemBatcher = { MaxItemsPerBatch: 5 }),
      /State 'Each': the field ItemBatcher is not modelled/,
    ],
    [
      'a resource that is not modelled',
      (s) => (s.Look.Resource = 'arn:aws:states:::ecs:runTask'),
      /State 'Look' has the resource arn:aws:states:::ecs:runTask, which is not modelled/,
    ],
    [
      'an expression that does not parse',
      (s) => (s.Done.Output = { a: ['{% 1 + %}'] }),
      /State 'Done': the expression of Output\/a\[0\] does not parse/,
    ],
    ['neither Next nor End', (s) => delete s.Set.Next, /State 'Set' must have either Next or "End": true/],
    [
      'a DISTRIBUTED Map without an ExecutionType',
      (s) => delete s.Each.ItemProcessor.ProcessorConfig.ExecutionType,
      /State 'Each': a DISTRIBUTED Map needs the ExecutionType/,
    ],
  ];

  it.each(plants)('%s', (_, plant, message) => {
    const definition = sound();
    plant(definition.States, definition);
    const load = () => loadDefinition('broadcast', 'STANDARD', JSON.stringify(definition));
    expect(load).toThrow(message);
    expect(load).toThrow(/^The state machine broadcast cannot run\./);
  });

  it('what asl-validator alone sees', () => {
    const definition = sound();
    definition.States.Look.TimeoutSeconds = 'soon';
    expect(() => loadDefinition('broadcast', 'STANDARD', JSON.stringify(definition))).toThrow(
      /SCHEMA_VALIDATION_FAILED/,
    );
  });

  it('every problem at once', () => {
    const definition = sound();
    definition.States.Look.Next = 'Nowhere';
    definition.States.Done.Output = '{% $nope %}';
    expect(() => loadDefinition('broadcast', 'STANDARD', JSON.stringify(definition))).toThrow(
      /Nowhere.*\$nope/,
    );
  });
});

describe('in an Express machine', () => {
  const task = (resource: string): JsonObject =>
    machine({ Wait: { Type: 'Task', Resource: resource, Arguments: {}, End: true } });
  const cases: [string, JsonObject, string][] = [
    ['.sync', task('arn:aws:states:::states:startExecution.sync:2'), 'waits with .sync'],
    [
      '.waitForTaskToken',
      task('arn:aws:states:::lambda:invoke.waitForTaskToken'),
      'waits with .waitForTaskToken',
    ],
    [
      'a DISTRIBUTED Map',
      sound(),
      "State 'Each' is a DISTRIBUTED Map, which AWS does not run in an Express workflow",
    ],
  ];
  it.each(cases)('%s is refused', (_, definition, message) => {
    expect(() => loadDefinition('fan-out', 'EXPRESS', JSON.stringify(definition))).toThrow(message);
  });

  it('the same without them is accepted', () => {
    expect(() => loadDefinition('fan-out', 'EXPRESS', JSON.stringify(task(LAMBDA)))).not.toThrow();
    const inline = sound();
    inline.States.Each.ItemProcessor.ProcessorConfig = { Mode: 'INLINE' };
    expect(() => loadDefinition('fan-out', 'EXPRESS', JSON.stringify(inline))).not.toThrow();
  });
});
