import { Turns } from '../../local/functions/turns';

const all = (turns: Turns<string>) => {
  const taken: string[] = [];
  for (let one = turns.next(); one !== undefined; one = turns.next()) taken.push(one);
  return taken;
};

describe('turns', () => {
  it('are those of one party in the order in which it asked', () => {
    const turns = new Turns<string>();
    for (const one of ['a1', 'a2', 'a3']) turns.add('a', one);
    expect(turns.count).toBe(3);
    expect(all(turns)).toEqual(['a1', 'a2', 'a3']);
    expect(turns.count).toBe(0);
  });

  it('let who asks for little past who asks for much', () => {
    const turns = new Turns<string>();
    for (const one of ['a1', 'a2', 'a3']) turns.add('a', one);
    turns.add('b', 'b1');
    expect(all(turns)).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('go to whose last one is longest ago, also where that one did not have to wait', () => {
    const turns = new Turns<string>();
    for (const party of ['c', 'a', 'b', 'c']) turns.had(party);
    for (const party of ['c', 'b', 'a', 'new']) turns.add(party, `${party}1`);
    turns.add('a', 'a2');
    expect(all(turns)).toEqual(['new1', 'a1', 'b1', 'c1', 'a2']);
  });

  it('come round to everybody while new parties keep coming', () => {
    const turns = new Turns<string>();
    turns.add('a', 'a1');
    turns.add('a', 'a2');
    const taken: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      turns.add(`b${n % 2}`, `b${n}`);
      taken.push(turns.next());
    }
    expect(taken).toEqual(['a1', 'b0', 'b1', 'a2']);
  });

  it('end when all is taken out', () => {
    const turns = new Turns<string>();
    turns.add('a', 'a1');
    turns.add('b', 'b1');
    expect(turns.clear()).toEqual(['a1', 'b1']);
    expect([turns.count, turns.next()]).toEqual([0, undefined]);
  });
});
