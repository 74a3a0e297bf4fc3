import { parseFaults } from '../../local/faults/grammar';
import { createFaults } from '../../local/faults/registry';

describe('the grammar of faults', () => {
  it.each([
    ['bus.put:refuse', { point: 'bus.put', effect: 'refuse', argument: '', frequency: { rate: 1 } }],
    ['bus.deliver:repeat(3)@0.1', { effect: 'repeat', argument: '3', frequency: { rate: 0.1 } }],
    ['bus.put:fail@10%', { frequency: { rate: 0.1 } }],
    ['bus.put:fail@0.5%', { frequency: { rate: 0.005 } }],
    ['bus.put:fail@3', { frequency: { count: 3 } }],
    ['bus.put:fail@x3', { frequency: { count: 3 } }],
    ['bus.put:fail@1', { frequency: { count: 1 } }],
    ['bus.put:fail@1.0', { frequency: { rate: 1 } }],
    ['bus.put:fail@100%', { frequency: { rate: 1 } }],
    ['function.invoke:slow(500ms)', { duration: { from: 500, to: 500 } }],
    ['function.invoke:linger(2s)', { duration: { from: 2000, to: 2000 } }],
    ['table.conditional:slow(5ms-15ms)', { duration: { from: 5, to: 15 } }],
    ['table.read:stale(0.5s - 1m)', { duration: { from: 500, to: 60_000 } }],
    ['states.run:kill', { argument: '', duration: { from: 0, to: 0 } }],
    ['states.run:kill(3s)', { duration: { from: 3000, to: 3000 } }],
    ['connections.post:status(429)', { argument: '429' }],
  ])('reads %s', (spec, expected) => {
    expect(parseFaults(spec)).toMatchObject([expected]);
  });

  it('separates rules by semicolons and newlines and skips empty ones', () => {
    const rules = parseFaults(
      '\n bus.put:refuse ;; gateway.disconnect:drop@10%\n  states.start[fan-out]:refuse@1;\n',
    );
    expect(rules.map((rule) => rule.text)).toEqual([
      'bus.put:refuse',
      'gateway.disconnect:drop@10%',
      'states.start[fan-out]:refuse@1',
    ]);
  });

  it.each([
    [
      'bus.putt:refuse',
      /character 1: expected a point, one of bus\.put, .*states\.run; found "bus\.putt:refuse"$/,
    ],
    ['constructor:refuse', /character 1: expected a point/],
    ['bus.put:explode', /character 9: expected an effect of bus\.put, one of refuse, fail; found "explode"$/],
    ['bus.put:toString', /character 9: expected an effect of bus\.put/],
    ['bus.put', /character 8: expected "\[bus\]" or ":" and an effect; found ""$/],
    ['function.invoke[post:throw', /character 16: expected "\[function\]" or ":"/],
    ['bus.put:refuse(now)', /character 15: refuse takes no argument; found "\(now\)"$/],
    ['function.invoke:slow', /character 21: slow takes a duration such as/],
    ['function.invoke:slow(15)', /character 21: slow takes a duration/],
    ['function.invoke:slow(15ms-5ms)', /character 21: slow takes a duration/],
    ['connections.post:status(404)', /character 24: status takes one of 410, 429, 500/],
    ['connections.post:status', /character 24: status takes one of 410, 429, 500/],
    ['bus.deliver:repeat(1)', /repeat takes a whole number of at least 2/],
    ['bus.put:refuse@0', /character 15: expected a frequency, a rate such as @0\.1 .* found "@0"$/],
    ['bus.put:refuse@0.0', /expected a frequency/],
    ['bus.put:refuse@1.5', /expected a frequency/],
    ['bus.put:refuse@150%', /expected a frequency/],
    ['bus.put:refuse@often', /expected a frequency/],
    ['bus.put:refuse now', /character 15: expected "@frequency", ";" or the end of the rule; found " now"$/],
    ['bus.put:refuse; bus.put:explode', /character 25: expected an effect/],
  ])('refuses %s in one line that names the position and what is allowed', (spec, message) => {
    expect(() => parseFaults(spec)).toThrow(message);
    expect(() => parseFaults(spec)).toThrow(/^Fault specification, character [^\n]+$/);
  });
});

describe('faults of a running process', () => {
  it('apply to each call of the point when no frequency is given, and to no other point', () => {
    const faults = createFaults({ spec: 'bus.put:refuse' });
    expect([1, 2, 3].map(() => faults.at('bus.put')?.effect)).toEqual(['refuse', 'refuse', 'refuse']);
    expect(faults.at('bus.deliver')).toBeUndefined();
  });

  it('with a count apply to that many calls and then no more', () => {
    const faults = createFaults({ spec: 'bus.put:refuse@2' });
    expect([1, 2, 3, 4].map(() => faults.at('bus.put')?.effect)).toEqual([
      'refuse',
      'refuse',
      undefined,
      undefined,
    ]);
    expect(faults.list()).toEqual([{ rule: 'bus.put:refuse@2', asked: 4, fired: 2 }]);
  });

  it.each([
    ['post-to-part', 'post-to-part', true],
    ['post-to-part', 'post-to-parts', false],
    ['post-*', 'post-to-part', true],
    ['*-part', 'post-to-part', true],
    ['*-part', 'part', false],
    ['a.c', 'abc', false],
    ['L0SM9cOFvHcCIhw=', 'L0SM9cOFvHcCIhw=', true],
  ])('with the subject [%s] concern %s: %s', (pattern, subject, expected) => {
    const faults = createFaults({ spec: `connections.post[${pattern}]:reset` });
    expect(faults.at('connections.post', subject) !== undefined).toBe(expected);
  });

  it('with a subject never apply to a call that names none', () => {
    expect(createFaults({ spec: 'bus.put[*]:refuse' }).at('bus.put')).toBeUndefined();
  });

  it('repeat exactly with the same seed and differ with another, so that a run can be repeated', () => {
    const run = (seed: number) => {
      const faults = createFaults({ seed, spec: 'bus.put:refuse@30%' });
      return Array.from({ length: 200 }, () => (faults.at('bus.put') ? 1 : 0)).join('');
    };
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  it('fire about as often as their rate says', () => {
    const faults = createFaults({ seed: 3, spec: 'bus.put:refuse@10%' });
    for (let call = 0; call < 10_000; call++) faults.at('bus.put');
    const [report] = faults.list();
    expect(report?.fired).toBeGreaterThan(850);
    expect(report?.fired).toBeLessThan(1150);
  });

  it('keep their fate when another rule is added, because each rule draws from its own numbers', () => {
    const fates = (spec: string) => {
      const faults = createFaults({ seed: 5, spec });
      return Array.from({ length: 100 }, () => {
        faults.at('bus.put');
        return faults.at('table.write', 'Outbox')?.effect;
      });
    };
    expect(fates('table.write:fail@20%')).toEqual(fates('bus.put:refuse@50%; table.write:fail@20%'));
  });

  it('draw durations from their range', () => {
    const faults = createFaults({ seed: 1, spec: 'table.conditional:slow(5ms-15ms)' });
    const drawn = Array.from(
      { length: 100 },
      () => faults.at('table.conditional', 'Outbox')?.milliseconds() ?? NaN,
    );
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(15);
    expect(new Set(drawn).size).toBeGreaterThan(50);
  });

  it('are asked in order until one fires, so that a count can precede a rate', () => {
    const faults = createFaults({ spec: 'connections.post:status(410)@1; connections.post:status(429)' });
    expect([1, 2].map(() => faults.at('connections.post', 'a=')?.argument)).toEqual(['410', '429']);
  });

  it('can be exchanged while the process runs, and stay as they are when the new ones cannot be read', () => {
    const faults = createFaults({ spec: 'bus.put:refuse' });
    expect(() => faults.set('bus.put:explode')).toThrow(/expected an effect/);
    expect(faults.at('bus.put')?.effect).toBe('refuse');
    faults.set('gateway.disconnect:drop');
    expect(faults.at('bus.put')).toBeUndefined();
    expect(faults.list()).toEqual([{ rule: 'gateway.disconnect:drop', asked: 0, fired: 0 }]);
    faults.set('');
    expect(faults.list()).toEqual([]);
  });
});
