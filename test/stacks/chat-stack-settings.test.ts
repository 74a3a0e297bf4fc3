import { synthesize, type StackTemplate } from './synthesized';

const FUNCTION = 'AWS::Lambda::Function';

describe('the chat stack with other settings than the defaults', () => {
  let chat: StackTemplate;
  beforeAll(() => {
    ({ chat } = synthesize({
      stage: 'prod',
      reservedConcurrency: '200',
      provisionedConcurrency: '20',
      executionLogging: 'ERROR',
      logRetentionDays: '7',
      agentsEmail: 'agents@example.com',
      apiGatewayAccountRole: 'false',
    }));
  });

  test('S1, concurrency: reserves concurrency for accept-message alone and sends its frames to warm instances', () => {
    expect(chat.properties(FUNCTION, 'accept-message/accept-message').ReservedConcurrentExecutions).toBe(200);
    const reserved = Object.keys(chat.template.findResources(FUNCTION)).filter(
      (id) => 'ReservedConcurrentExecutions' in (chat.template.toJSON().Resources[id].Properties as object),
    );
    expect(reserved).toHaveLength(1);
    expect(chat.properties('AWS::Lambda::Alias', 'warm').ProvisionedConcurrencyConfig).toEqual({
      ProvisionedConcurrentExecutions: 20,
    });
    const uris = chat.resources
      .filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Integration')
      .map(([, { Properties }]) => chat.render(Properties.IntegrationUri));
    expect(uris).toContainEqual(expect.stringContaining('<accept-message/accept-message/warm>'));
  });

  test('does not meet another stage of the account: every fixed name carries the stage', () => {
    const names = chat.resources
      .filter(([, { Type }]) => Type === 'AWS::Logs::LogGroup')
      .flatMap(([, { Properties }]) => ('LogGroupName' in Properties ? [Properties.LogGroupName] : []));
    expect(names).toEqual([
      expect.stringContaining('parley-prod-broadcast'),
      expect.stringContaining('parley-prod-fan-out'),
      expect.stringContaining('parley-prod-erase-person'),
    ]);
    expect(chat.properties('AWS::ApiGatewayV2::Stage', 'websocket/stage').StageName).toBe('prod');
  });

  test('logs failed executions only, keeps logs for a week, mails agents and leaves the account role alone', () => {
    chat.template.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ERROR' },
    });
    chat.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    chat.template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'agents@example.com',
    });
    chat.template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });
});
