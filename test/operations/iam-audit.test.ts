import { auditLines, auditOf } from '../../bin/operations/iam-audit';
import { parseIamRequest } from '../../bin/operations/iam-command-line';
import { OperatorError } from '../../bin/operations/operator-error';
import { recordUsage } from '../../local/iam/usage-record';
import { temporaryFolder } from '../support/temporary-folder';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/Outbox';
const held = {
  role: 'connect-role',
  users: ['function connect'],
  resource: table,
  checked: true,
  used: false,
};
const read = { ...held, action: 'dynamodb:GetItem' };
const write = { ...held, action: 'dynamodb:PutItem' };
const trace = { ...held, action: 'xray:PutTraceSegments', resource: '*', checked: false };

test('without a record the grants are listed, and nothing is said of their use', () => {
  const audit = auditOf([read, write, trace], temporaryFolder());
  expect(audit).toMatchObject({ recorded: false, unused: 0 });
  expect(auditLines(audit, { unused: false })).toEqual([
    'function connect',
    '  dynamodb:GetItem  table/Outbox',
    '  dynamodb:PutItem  table/Outbox',
    '',
    '2 grants. There is no record of their use; npm test makes one.',
    'Apart: 1 for X-Ray, log delivery, encryption and the web app’s bucket, which nothing on this machine asks for.',
  ]);
});

test('with a record each grant is used or unused, but for those apart', () => {
  const folder = temporaryFolder();
  recordUsage(folder, [{ ...read, used: true }, write]);
  const audit = auditOf([read, write, trace], folder);
  expect(audit.grants.map(({ use }) => use)).toEqual(['used', 'unused', 'apart']);
  expect(auditLines(audit, { unused: true }).slice(0, 4)).toEqual([
    'function connect',
    '  unused  dynamodb:PutItem  table/Outbox',
    '',
    '2 grants, 1 of them never used.',
  ]);
});

test('a command line that is not understood is refused in one line', () => {
  expect(parseIamRequest(['-c', 'access=guests', '--unused'])).toEqual({
    context: { access: 'guests' },
    record: '.parley/iam-usage',
    unused: true,
    json: false,
  });
  expect(() => parseIamRequest(['--used'])).toThrow(OperatorError);
});
