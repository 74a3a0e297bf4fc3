import { OperatorError } from '../../bin/operations/operator-error';
import { newPassword } from '../../bin/operations/password';
import { parseUserRequest } from '../../bin/operations/user-command-line';
import { checkPassword } from '../../local/user-pools/passwords';

describe('the command line of user', () => {
  it.each([
    [['list'], { command: 'list' }],
    [['add', 'Ann'], { command: 'add', name: 'Ann', groups: [] }],
    [
      ['add', 'Ann', '--group', 'agents', '--group', 'moderators', '--password', 'x'],
      { command: 'add', name: 'Ann', groups: ['agents', 'moderators'], password: 'x' },
    ],
    [['groups', 'Ann'], { command: 'groups', name: 'Ann' }],
    [['groups', 'Ann', '--group', 'agents'], { command: 'groups', name: 'Ann', groups: ['agents'] }],
    [['groups', 'Ann', '--no-groups'], { command: 'groups', name: 'Ann', groups: [] }],
    [['token', 'Ann', '--stage', 'prod'], { command: 'token', name: 'Ann', stage: 'prod' }],
    [['ban', 'u_0123456789abcd'], { command: 'ban', name: 'u_0123456789abcd' }],
    [
      ['--endpoint', 'http://127.0.0.1:9000/', 'sign-out', 'Ann'],
      { command: 'sign-out', name: 'Ann', endpoint: 'http://127.0.0.1:9000' },
    ],
    [['--help'], 'help'],
  ])('%j is understood', (args, request) => {
    expect(parseUserRequest(args)).toEqual(request);
  });

  it.each([
    [[], 'What is to be done? It may be list, add'],
    [['invite', 'Ann'], 'There is no command invite.'],
    [['add'], 'Who?'],
    [['ban', 'Ann', 'Bob'], 'there is also Bob'],
    [['list', 'Ann'], 'list takes no name'],
    [['ban', 'Ann', '--group', 'agents'], 'ban takes no --group'],
    [['add', 'Ann', '--no-groups'], 'add takes no --no-groups'],
    [['groups', 'Ann', '--group', 'agents', '--no-groups'], 'exclude each other'],
    [['groups', 'Ann', '--password', 'x'], 'groups takes no --password'],
    [['add', 'Ann', '--grup', 'agents'], '--grup'],
  ])('%j is refused in one line', (args, reason) => {
    expect(() => parseUserRequest(args)).toThrow(OperatorError);
    expect(() => parseUserRequest(args)).toThrow(reason);
  });
});

it('a password that is made up is one that the policy takes, and another each time', () => {
  const policy = {
    minimumLength: 12,
    requireLowercase: true,
    requireUppercase: true,
    requireNumbers: true,
    requireSymbols: true,
  };
  const made = Array.from({ length: 500 }, newPassword);
  for (const password of made) expect(() => checkPassword(password, policy)).not.toThrow();
  expect(new Set(made).size).toBe(500);
  // Typed behind `--password`, neither a shell nor the command takes it for something else, as it would a dash in front.
  for (const password of made) expect(password).toMatch(/^[\w.+:]+$/);
});
