import { Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { acknowledgeWildcard, listedWildcards } from './listed-wildcards';

export interface PublishedFilesProps {
  readonly bucket: IBucket;
  /** The folder whose files are published. */
  readonly folder: string;
  /** What the page asks for at `/config.json`. Values may be known at deployment only. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Puts files into a site's bucket when the stack is deployed. Files of earlier deployments stay: somebody may have
 * the old page open. Browsers and CloudFront ask each time whether a file has changed.
 */
export class PublishedFiles extends Construct {
  constructor(scope: Construct, id: string, { bucket, folder, config }: PublishedFilesProps) {
    super(scope, id);
    const { handlerRole } = new BucketDeployment(this, 'deployment', {
      destinationBucket: bucket,
      sources: [Source.asset(folder), Source.jsonData('config.json', config)],
      cacheControl: [CacheControl.noCache()],
      prune: false,
    });
    // The function is the CDK's own, one for each stack, with a policy that the CDK writes.
    const { publishing } = listedWildcards;
    for (const action of publishing.actions.filter((name) => name.endsWith('*'))) {
      acknowledge(handlerRole, `AwsSolutions-IAM5[Action::${action}]`, publishing.reason);
    }
    acknowledge(handlerRole, `AwsSolutions-IAM5[Resource::${importName(bucket)}/*]`, publishing.reason);
    const { partition, account, region } = Stack.of(this);
    acknowledgeWildcard(
      handlerRole,
      publishing,
      `arn:${partition}:s3:::cdk-hnb659fds-assets-${account}-${region}/*`,
    );
    acknowledge(
      handlerRole,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      'The function is the CDK’s own; the policy lets it write its log.',
    );
    const lambda = handlerRole.node.scope;
    if (lambda !== undefined) {
      acknowledge(lambda, 'AwsSolutions-L1', 'The runtime is the one for which the CDK wrote its function.');
    }
  }
}

/** By which name another stack's policies know a bucket, as cdk-nag says it. */
function importName(bucket: IBucket): string {
  const stack = Stack.of(bucket);
  const imported: unknown = stack.resolve(stack.exportValue(bucket.bucketArn));
  const isImport = typeof imported === 'object' && imported !== null && 'Fn::ImportValue' in imported;
  if (!isImport) throw new Error('the bucket must be of another stack');
  return String(imported['Fn::ImportValue']);
}

function acknowledge(
  construct: Construct | BucketDeployment['handlerRole'],
  rule: string,
  reason: string,
): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::${rule}`, reason });
}
