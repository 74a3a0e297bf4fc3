import { REGION } from '../template/resource-model';
import type { FunctionConfiguration } from './function-configuration';

/** The keys with which a function signs its calls; they name its role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * Everything that a function finds in `process.env`, and nothing of this process's own: the template's
 * variables and those that Lambda reserves (developer guide, "Defined runtime environment variables"), plus the
 * standard AWS_ENDPOINT_URL, through which the AWS SDK reaches this runtime instead of AWS.
 */
export function environmentVariables(
  configuration: FunctionConfiguration,
  credentials: RoleCredentials,
  endpointUrl: string,
  logStream: string,
): Record<string, string> {
  return {
    ...configuration.environment,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    LAMBDA_TASK_ROOT: configuration.taskRoot,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    _HANDLER: configuration.handler,
  };
}
