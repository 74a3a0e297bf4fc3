import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi as GatewayHttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { originsOf, type Settings } from '../settings';

/**
 * One line for each request. No query string and no header: both may carry a token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_LOG_LINE = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latency: '$context.integrationLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
};

/** What pages ask over HTTPS, beside their socket. */
export class HttpApi extends Construct {
  /** `https://...` without a path. */
  readonly url: string;
  private readonly api: GatewayHttpApi;

  constructor(
    scope: Construct,
    id: string,
    settings: Pick<
      Settings,
      'stage' | 'access' | 'allowedOrigins' | 'logRetentionDays' | 'httpRequestsPerSecond'
    >,
  ) {
    super(scope, id);
    const { httpRequestsPerSecond } = settings;
    const origins = settings.access === 'guests' ? originsOf(settings, ['*']) : originsOf(settings);
    this.api = new GatewayHttpApi(this, 'api', {
      apiName: `parley-${settings.stage}-http`,
      createDefaultStage: false,
      corsPreflight:
        origins.length === 0
          ? undefined
          : {
              allowOrigins: origins,
              allowMethods: [CorsHttpMethod.POST],
              allowHeaders: ['authorization'],
              maxAge: Duration.hours(1),
            },
    });
    const accessLogs = new LogGroup(this, 'access-logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'stage', {
      httpApi: this.api,
      autoDeploy: true,
      // A second's worth may come at once.
      throttle: { rateLimit: httpRequestsPerSecond, burstLimit: httpRequestsPerSecond },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
      },
    });
    this.url = this.api.apiEndpoint;
  }

  /** @param key a route key such as `POST /tickets` */
  route(key: `POST /${string}`, target: IFunction): void {
    const [route] = this.api.addRoutes({
      path: key.slice('POST '.length),
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration(key, target),
    });
    if (route === undefined) throw new Error(`there is no route ${key}`);
    Validations.of(route).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason: 'The function verifies the token itself, with the code that the WebSocket’s authorizer has.',
    });
  }
}
