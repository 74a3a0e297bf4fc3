import { OperatorError } from '../../bin/operations/operator-error';
import {
  parseEpochRequest,
  parseEraseRequest,
  parseExportRequest,
  parseRequest,
} from '../../bin/operations/command-line';

describe('the command line of explain and redrive', () => {
  const USER = { user: true };

  it.each([
    [['r_x.1'], { messageId: 'r_x.1' }],
    [['r_x.1', '--user', 'George Costanza'], { messageId: 'r_x.1', user: 'George Costanza' }],
    [
      ['--endpoint', 'http://127.0.0.1:9000/', 'r_x.1'],
      { messageId: 'r_x.1', endpoint: 'http://127.0.0.1:9000' },
    ],
    [['r_x.1', '--stage=prod'], { messageId: 'r_x.1', stage: 'prod' }],
    [['--help'], 'help'],
    [['r_x.1', '-h'], 'help'],
  ])('%j is understood', (args, request) => {
    expect(parseRequest(args, USER)).toEqual(request);
  });

  it.each([
    [[], 'Which message?'],
    [['r_x.1', 'r_x.2'], 'One message at a time'],
    [['r_x.1', '--stage', 'prod', '--endpoint', 'http://127.0.0.1:8080'], 'give one of them'],
    [['r_x.1', '--endpoint', 'somewhere'], 'is no address'],
    [['r_x.1', '--usr', 'George'], '--usr'],
    [['r_x.1', '--user'], 'argument missing'],
  ])('%j is refused in one line', (args, reason) => {
    expect(() => parseRequest(args, USER)).toThrow(OperatorError);
    expect(() => parseRequest(args, USER)).toThrow(reason);
  });

  it('knows no user where it would mean nothing', () => {
    expect(() => parseRequest(['r_x.1', '--user', 'George'], { user: false })).toThrow('--user');
  });
});

describe('the command line of new-epoch', () => {
  it.each([
    [[], { confirmed: false }],
    [['--yes', '--stage', 'prod'], { confirmed: true, stage: 'prod' }],
    [['--endpoint', 'http://127.0.0.1:9000/'], { confirmed: false, endpoint: 'http://127.0.0.1:9000' }],
    [['-h'], 'help'],
  ])('%j is understood', (args, request) => {
    expect(parseEpochRequest(args)).toEqual(request);
  });

  it.each([
    [['lobby'], 'lobby'],
    [['--stage', 'prod', '--endpoint', 'http://127.0.0.1:8080'], 'give one of them'],
    [['--all'], '--all'],
  ])('%j is refused in one line, because what it does changes every position', (args, reason) => {
    expect(() => parseEpochRequest(args)).toThrow(OperatorError);
    expect(() => parseEpochRequest(args)).toThrow(reason);
  });
});

describe('the command lines of erase and export', () => {
  it.each([
    [['George'], { person: 'George', confirmed: false }],
    [['u_x', '--yes', '--stage', 'prod'], { person: 'u_x', confirmed: true, stage: 'prod' }],
    [['--help'], 'help'],
  ])('erase %j is understood', (args, request) => {
    expect(parseEraseRequest(args)).toEqual(request);
  });

  it.each([
    [['George'], { person: 'George' }],
    [['u_x', '--file', 'x.json'], { person: 'u_x', file: 'x.json' }],
    [['-h'], 'help'],
  ])('export %j is understood', (args, request) => {
    expect(parseExportRequest(args)).toEqual(request);
  });

  it.each([
    [[], 'Whom?'],
    [['George', 'Elaine'], 'One person at a time'],
    [['George', '--ja'], '--ja'],
  ])('%j is refused in one line by both', (args, reason) => {
    for (const parse of [parseEraseRequest, parseExportRequest]) {
      expect(() => parse(args)).toThrow(OperatorError);
      expect(() => parse(args)).toThrow(reason);
    }
  });
});
