import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A grant that cannot name its resources exactly. */
export interface ListedWildcard {
  readonly actions: readonly string[];
  /** What the resource looks like, as `renderArn` writes it. */
  readonly resource: RegExp;
  /** Why no exact ARN can be given. */
  readonly reason: string;
}

/** All wildcards that the permissions of Parley may hold. Whatever is not on this list fails test/stacks. */
export const listedWildcards = {
  tracing: {
    actions: [
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
    ],
    resource: /^\*$/,
    reason: 'X-Ray has no resources that a policy could name for these actions.',
  },
  executionLogDelivery: {
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    resource: /^\*$/,
    reason: 'The log delivery actions that Step Functions demands have no resource types.',
  },
  accessLogs: {
    actions: [
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'logs:GetLogEvents',
      'logs:FilterLogEvents',
    ],
    resource: /^\*$/,
    reason: 'The role serves every API of the account, and API Gateway refuses a role that may do less.',
  },
  functionLogStreams: {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resource: /^<[\w/-]+\.Arn>:\*$/,
    reason: 'Lambda names the streams of a log group when it starts instances.',
  },
  openSockets: {
    actions: ['execute-api:ManageConnections'],
    resource: /\/(POST|DELETE)\/@connections\/\*$/,
    reason: 'API Gateway gives every socket its id when it connects.',
  },
  ownExecutions: {
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resource: /:execution:<[\w/-]+\.Name>:\*$/,
    reason: 'The executions of a Distributed Map get their ids when they start.',
  },
  pages: {
    actions: ['s3:GetObject'],
    resource: /^<[\w/-]+\.Arn>\/\*$/,
    reason: 'CloudFront, and that one distribution alone, reads the files of the page.',
  },
  publishing: {
    actions: [
      ...['s3:GetObject*', 's3:GetBucket*', 's3:List*', 's3:DeleteObject*', 's3:Abort*'],
      ...['s3:PutObject', 's3:PutObjectLegalHold', 's3:PutObjectRetention'],
      ...['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
    ],
    resource:
      /^(arn:<AWS::Partition>:s3:::)?\{"Fn::(Sub":"cdk-hnb659fds-assets-|ImportValue":"parley-)[^"]+"\}(\/\*)?$/,
    reason: 'The CDK’s own function copies the files of the page, whose names change with every build.',
  },
} as const satisfies Readonly<Record<string, ListedWildcard>>;

/** Tells cdk-nag that `construct` holds a listed wildcard, and why. */
export function acknowledgeWildcard(construct: IConstruct, wildcard: ListedWildcard, resource = '*'): void {
  const finding = renderArn(Stack.of(construct).resolve(resource));
  Validations.of(construct).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${finding}]`,
    reason: wildcard.reason,
  });
}

/** An ARN of a template as one line, in the notation of cdk-nag: `arn:<AWS::Partition>:sqs:...:<Queue.Name>`. */
export function renderArn(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  if (typeof resolved === 'object' && resolved !== null) {
    if ('Ref' in resolved) return `<${String(resolved.Ref)}>`;
    if ('Fn::GetAtt' in resolved && Array.isArray(resolved['Fn::GetAtt'])) {
      return `<${resolved['Fn::GetAtt'].join('.')}>`;
    }
    if ('Fn::Join' in resolved && Array.isArray(resolved['Fn::Join'])) {
      const join: unknown[] = resolved['Fn::Join'];
      const [delimiter, parts] = join;
      if (Array.isArray(parts)) return parts.map(renderArn).join(String(delimiter));
    }
  }
  return JSON.stringify(resolved);
}
