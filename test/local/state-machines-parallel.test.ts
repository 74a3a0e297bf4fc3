import type { Json, JsonObject } from '../../local/json/json';
import { eventually } from '../support/eventually';
import { Bench, flow, invoke, machine, NamedError } from './state-machines-fixture';

const END = { End: true };

function sideBySide(...branches: JsonObject[]): JsonObject {
  return machine({ P: { Type: 'Parallel', Branches: branches, ...END } });
}

const hang = () => new Promise<Json>(() => {});

/** A branch with more in front of its call than the others have. */
const MAP_THAT_POSTS = flow({
  'Post to every part': {
    Type: 'Map',
    Items: '{% [1..3] %}',
    ItemProcessor: flow({ Choose: { Type: 'Pass', Next: 'Post' }, Post: invoke('post') }),
    ...END,
  },
});

/** However long this machine takes, the head start does not end. */
function holdTimers() {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
}

afterEach(() => jest.useRealTimers());

it('serves the branch that stands first first, because all share one thread here', async () => {
  holdTimers();
  const order: string[] = [];
  const post = async () => {
    order.push('post');
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push('posted');
    return {};
  };
  const archive = () => (order.push('archive'), {});
  const result = await new Bench({ functions: { post, archive } }).run(
    sideBySide(MAP_THAT_POSTS, flow({ Archive: invoke('archive') }), flow({ Alert: invoke('archive') })),
  );
  expect(result.output).toEqual([[{}, {}, {}], {}, {}]);
  expect(order).toEqual(['post', 'post', 'post', 'posted', 'posted', 'posted', 'archive', 'archive']);
});

it.each([
  ['a call', invoke('hang'), 3],
  ['a Wait', { Type: 'Wait', Seconds: 600, ...END }, 2],
])('begins the other branches although the first goes on in %s', async (_, first, calls) => {
  const bench = new Bench({ functions: { hang } });
  const [second, third] = [flow({ Second: invoke('hang') }), flow({ Third: invoke('hang') })];
  bench.declare('machine', sideBySide(flow({ First: first }), second, third));
  bench.machines.start('machine', {});
  await eventually(() => expect(bench.calls).toHaveLength(calls));
  await bench.machines.close();
});

it('enters every branch although the first fails at once, and then stops them', async () => {
  const functions = {
    fail: () => {
      throw new NamedError('Boom');
    },
  };
  for (const first of [{ Type: 'Fail', Error: 'Boom' }, invoke('fail')]) {
    const wait = (name: string) => flow({ [name]: { Type: 'Wait', Seconds: 60, ...END } });
    const result = await new Bench({ functions }).run(
      sideBySide(flow({ First: first }), wait('Second'), wait('Third')),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'Boom' });
    const types = result.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'WaitStateEntered')).toHaveLength(2);
    expect(types.filter((type) => type === 'WaitStateAborted')).toHaveLength(2);
  }
});

it('begins no branch any more once the execution was aborted', async () => {
  holdTimers();
  let called = () => {};
  const first = () => (called(), hang());
  const bench = new Bench({ functions: { first, hang } });
  bench.declare('machine', sideBySide(flow({ First: invoke('first') }), flow({ Second: invoke('hang') })));
  const execution = bench.machines.start('machine', {});
  await new Promise<void>((resolve) => (called = resolve));
  execution.abort();
  expect(await execution.completed).toMatchObject({ status: 'ABORTED' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(bench.calls).toHaveLength(1);
});
