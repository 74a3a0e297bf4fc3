import { functionModels } from '../../local/functions/function-models';
import type { JsonObject } from '../../local/json/json';
import type { DeclaredResource, ResourceModel } from '../../local/template/resource-model';
import { call, ROLE, start } from '../support/functions';

const RESOURCE: DeclaredResource = {
  logicalId: 'PostToPart1A2B',
  stackName: 'parley-dev-chat',
  type: 'AWS::Lambda::Function',
  constructId: 'post-to-part',
  physicalName: 'parley-dev-chat-PostToPart1A2B',
};
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:lost';
const PROPERTIES = { Code: { S3Key: 'abc.zip' }, Handler: 'index.echo', Runtime: 'nodejs24.x', Role: ROLE };

function setUp() {
  const { functions } = start('index.echo');
  const asset = (code: JsonObject) => `/assets/${JSON.stringify(code)}`;
  const models = functionModels(functions, asset);
  const model = (type: string): ResourceModel => {
    const found = models.find((each) => each.type === type);
    if (found === undefined) throw new Error(`no model of ${type}`);
    return found;
  };
  const create = async (properties: JsonObject, type = RESOURCE.type) =>
    model(type).create(properties, RESOURCE);
  return { functions, model, create };
}

describe('AWS::Lambda::Function', () => {
  it('is declared with the defaults of CloudFormation', async () => {
    const { functions, create } = setUp();
    await create(PROPERTIES);
    const description = await call(functions, 'GetFunctionConfiguration', {
      FunctionName: RESOURCE.physicalName,
    });
    expect(description).toMatchObject({
      Timeout: 3,
      MemorySize: 128,
      LoggingConfig: { LogGroup: `/aws/lambda/${RESOURCE.physicalName}` },
      Environment: { Variables: {} },
    });
  });

  it('takes what the template sets, numbers as text too', async () => {
    const { functions, create } = setUp();
    await create({
      ...PROPERTIES,
      Timeout: '15',
      MemorySize: 512,
      Environment: { Variables: { LIMIT: 5, FLAG: true } },
      LoggingConfig: { LogGroup: '/parley/post' },
    });
    expect(
      await call(functions, 'GetFunctionConfiguration', { FunctionName: RESOURCE.physicalName }),
    ).toMatchObject({
      Timeout: 15,
      MemorySize: 512,
      LoggingConfig: { LogGroup: '/parley/post' },
      Environment: { Variables: { LIMIT: '5', FLAG: 'true' } },
    });
  });

  it('is known by name and ARN before it is created', () => {
    const { model } = setUp();
    const functionModel = model('AWS::Lambda::Function');
    expect(functionModel.ref(RESOURCE)).toBe(RESOURCE.physicalName);
    expect(functionModel.attributes.Arn?.(RESOURCE)).toBe(
      `arn:aws:lambda:us-east-1:000000000000:function:${RESOURCE.physicalName}`,
    );
  });

  it.each([
    [{ Runtime: 'python3.13' }, 'only nodejs runtimes are modelled, not python3.13'],
    [{ Timeout: 901 }, 'Timeout must be between 1 and 900, not 901'],
    [{ LoggingConfig: { LogFormat: 'JSON' } }, 'only LogFormat Text is modelled'],
    [{ LoggingConfig: { SystemLogLevel: 'WARN' } }, 'does not model SystemLogLevel of LoggingConfig'],
    [{ Environment: { Variables: { A: { Ref: 'B' } } } }, 'environment variable A must be a string'],
    [{ Handler: '' }, 'Handler is required'],
    [{ DeadLetterConfig: { TargetArn: TOPIC } }, `DeadLetterConfig must name a queue, not ${TOPIC}`],
    [{ DeadLetterConfig: { Target: TOPIC } }, 'does not model Target of DeadLetterConfig'],
  ] as [JsonObject, string][])('is refused with %j', async (change, message) => {
    await expect(setUp().create({ ...PROPERTIES, ...change })).rejects.toThrow(message);
  });
});
