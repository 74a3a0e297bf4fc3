import { ACTIONS, nearestAction } from '../../handlers/chat/protocol/actions';
import { commands, type Command } from '../../handlers/chat/protocol/commands';
import { routes } from '../../handlers/wiring';

describe('the actions', () => {
  it('are those of the commands and their aliases, but for the keep-alive, which nobody means by mistake', () => {
    const known = Object.entries<Command>(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    expect(new Set([...ACTIONS, 'send'])).toEqual(new Set(known));
  });

  it('hold every route of the gateway', () => {
    const own = Object.keys(routes).filter((route) => !route.startsWith('$'));
    expect(ACTIONS).toEqual(expect.arrayContaining(own));
  });

  it.each(ACTIONS)('know %s again with a letter too few, too many, or another', (action) => {
    for (const misspelt of [action.slice(0, 2) + action.slice(3), `${action}q`, `z${action}`]) {
      expect(nearestAction(misspelt).toLowerCase()).toBe(action.toLowerCase());
    }
  });

  it('are compared with the first letters of what came alone, because a frame can be long', () => {
    const began = performance.now();
    expect(nearestAction(`joinRom${'x'.repeat(3_000_000)}`)).toBeDefined();
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
