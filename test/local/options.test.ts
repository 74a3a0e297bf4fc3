import { HELP, OptionsError, parseOptions } from '../../local/options';

describe('the command line of npm start', () => {
  test('says nothing: port 8080, durable data in the project, real time, no faults', () => {
    expect(parseOptions([])).toEqual({
      context: {},
      port: 8080,
      data: '.parley/data',
      reset: false,
      speed: 1,
      faults: '',
      seed: 1,
      concurrency: 2,
    });
  });

  test('context values are strings, as cdk passes them, and may hold an equals sign', () => {
    const options = parseOptions(['-c', 'access=guests', '--context', 'note=a=b', '-c', 'empty=']);
    expect(options).toMatchObject({ context: { access: 'guests', note: 'a=b', empty: '' } });
  });

  test('--ephemeral keeps no data directory', () => {
    expect(parseOptions(['--ephemeral'])).toMatchObject({ data: undefined });
  });

  test('every option reaches its place', () => {
    const args =
      '--port 0 --data /tmp/d --reset --speed 60 --faults bus.put:refuse@3 --seed 7 --concurrency 4';
    expect(parseOptions(args.split(' '))).toEqual({
      context: {},
      port: 0,
      data: '/tmp/d',
      reset: true,
      speed: 60,
      faults: 'bus.put:refuse@3',
      seed: 7,
      concurrency: 4,
    });
  });

  test('--help asks for a text that names every option', () => {
    expect(parseOptions(['--help'])).toBe('help');
    for (const name of [
      '-c',
      '--port',
      '--data',
      '--ephemeral',
      '--reset',
      '--speed',
      '--faults',
      '--seed',
      '--concurrency',
    ]) {
      expect(HELP).toContain(`  ${name} `);
    }
  });

  test.each([
    ['--prot 1', "Unknown option '--prot'; npm start -- --help lists the options"],
    ['dev', "Unexpected argument 'dev'"],
    ['--port', "Option '--port <value>' argument missing"],
    ['--port 70000', '--port takes an integer from 0 to 65535, not 70000'],
    ['--port http', '--port takes an integer from 0 to 65535, not http'],
    ['--speed 0', '--speed takes a number from 0.01 to 100000, not 0'],
    ['--concurrency 1.5', '--concurrency takes an integer from 1 to 1000, not 1.5'],
    ['-c access', '-c takes key=value, not access'],
    ['-c aws:cdk:bundling-stacks=x', '-c cannot set aws:cdk:bundling-stacks'],
    ['--ephemeral --data d', '--ephemeral and --data exclude each other'],
    ['--ephemeral --reset', '--reset has nothing to delete with --ephemeral'],
  ])('%s is answered with one clear line', (line, message) => {
    const parse = () => parseOptions(line.split(' '));
    expect(parse).toThrow(OptionsError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });
});
