import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { LogGroupLogDestination, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IWebSocketRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from '../settings';
import { acknowledgeWildcard, listedWildcards } from './listed-wildcards';

/**
 * One line for each connect, frame and disconnect. No query string and no header: both may carry a token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
const ACCESS_LOG_LINE = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  event: '$context.eventType',
  route: '$context.routeKey',
  connectionId: '$context.connectionId',
  status: '$context.status',
  latency: '$context.integrationLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
};

/** The API that clients hold their sockets to: one stage, deployed with every change of its routes. */
export class WebSocket extends Construct {
  /** `wss://...`, where clients connect. */
  readonly url: string;
  /** `https://...`, where functions reach open sockets. */
  readonly callbackUrl: string;
  private readonly api: WebSocketApi;
  private readonly stage: WebSocketStage;
  private authorizer: IWebSocketRouteAuthorizer | undefined;

  constructor(
    scope: Construct,
    id: string,
    settings: Pick<Settings, 'stage' | 'logRetentionDays' | 'apiGatewayAccountRole' | 'framesPerSecond'>,
  ) {
    super(scope, id);
    this.api = new WebSocketApi(this, 'api', {
      apiName: `parley-${settings.stage}`,
      routeSelectionExpression: '$request.body.action',
    });
    const accessLogs = new LogGroup(this, 'access-logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Execution logs of API Gateway stay off: they would hold every message's text.
    this.stage = new WebSocketStage(this, 'stage', {
      webSocketApi: this.api,
      stageName: settings.stage,
      autoDeploy: true,
      // Of each route. What is above it API Gateway answers itself, and no function is asked.
      throttle: {
        rateLimit: settings.framesPerSecond,
        burstLimit: Math.ceil(settings.framesPerSecond / 2),
      },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
    if (settings.apiGatewayAccountRole) this.stage.node.addDependency(this.addAccountRole());
    this.url = this.stage.url;
    this.callbackUrl = this.stage.callbackUrl;
  }

  /** Whom $connect asks first; see `route`. */
  authorizeWith(authorizer: IFunction): void {
    // Each way to show a credential leaves another header or query empty; this header is always there, so API Gateway
    // never refuses by itself what the function has to look at.
    this.authorizer = new WebSocketLambdaAuthorizer('authorizer', authorizer, {
      identitySource: ['route.request.header.Host'],
    });
  }

  /** $connect takes handshakes that are signed with AWS credentials, by whoever has `execute-api:Invoke` on it. */
  authorizeByIam(): void {
    this.authorizer = new WebSocketIamAuthorizer();
  }

  /** Sends frames of this route to the function; its answer goes back to the caller only where it `replies`. */
  route(key: string, target: IFunction, replies: boolean): void {
    const isConnect = key === '$connect';
    const route = this.api.addRoute(key, {
      integration: new WebSocketLambdaIntegration(key, target),
      returnResponse: replies,
      authorizer: isConnect ? this.authorizer : undefined,
    });
    if (isConnect) return;
    Validations.of(route).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason:
        'API Gateway authorizes a WebSocket once, at $connect; its other routes cannot have an authorizer.',
    });
  }

  /** What a role needs for a method of the management API, on the sockets of this stage alone. */
  managementArn(method: 'POST' | 'DELETE'): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: `${this.stage.stageName}/${method}/@connections/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  /** API Gateway writes access logs with one role per account and Region; CloudFormation must set it first. */
  private addAccountRole(): CfnAccount {
    const role = new Role(this, 'account-role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: [...listedWildcards.accessLogs.actions], resources: ['*'] }),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, listedWildcards.accessLogs);
    const account = new CfnAccount(this, 'account', { cloudWatchRoleArn: role.roleArn });
    // Other APIs of the account log with it too: deleting this stack must not silence them.
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return account;
  }
}
