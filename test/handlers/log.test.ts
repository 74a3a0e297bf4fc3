import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { createLog } from '../../handlers/aws/log';
import { capturedLog } from '../support/memory/captured-log';
import { SECRET_TEXT } from '../support/memory/examples';

const entries = () => capturedLog().lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('writes one JSON object a line with what happened and its fields', () => {
    capturedLog().log.info('posted', { messageId: 'r_x.1', part: 0 });
    expect(entries()).toEqual([{ level: 'info', event: 'posted', messageId: 'r_x.1', part: 0 }]);
  });

  it('names the trace of its invocation, by which one message’s lines lead to what else was done for it', () => {
    process.env._X_AMZN_TRACE_ID =
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    try {
      capturedLog().log.info('posted', { messageId: 'r_x.1' });
    } finally {
      delete process.env._X_AMZN_TRACE_ID;
    }
    expect(entries()).toEqual([
      {
        ...{ level: 'info', event: 'posted', messageId: 'r_x.1' },
        trace: '1-5759e988-bd862e3fe1be46a994272793',
      },
    ]);
  });

  it.each([
    ['debug', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('at level %s writes %j, because logs are paid by the line', (level, written) => {
    process.env.LOG_LEVEL = level;
    const log = createLog();
    log.info('a');
    log.warn('b');
    log.error('c', new Error(SECRET_TEXT));
    expect(entries().map((entry) => entry.level)).toEqual(written);
  });

  it('says of an error what and where but not its message, because JSON.parse quotes what it was given', () => {
    const { log } = capturedLog();
    try {
      JSON.parse(SECRET_TEXT);
    } catch (error) {
      log.error('failed', error);
    }
    log.error('failed', SECRET_TEXT);
    expect(entries()[0]).toMatchObject({ level: 'error', error: 'SyntaxError' });
    expect(entries()[1]).toMatchObject({ level: 'error', error: 'string' });
  });

  it('keeps the message of an AWS API’s answer, because that is what an operator looks for', () => {
    const refusal = new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
    });
    capturedLog().log.error('failed', refusal);
    expect(entries()[0]).toMatchObject({
      error: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
    });
  });
});
