import { Aspects, Duration, RemovalPolicy, Stack, type IAspect } from 'aws-cdk-lib';
import { Effect, CfnPolicy, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';

/** What whoever uses something encrypted must be allowed with its key; each service asks for some of these. */
const USE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** By what a policy's actions begin with that need the key, and through which service they then use it. */
const SERVICES = { 'dynamodb:': 'dynamodb', 'sqs:': 'sqs', 'sns:': 'sns' } as const;

/**
 * One key of a stage's own, with rotation: for tables, queues, topics and logs. Its policy leaves it to IAM who may use
 * it, and lets in the services that act for nobody: CloudWatch Logs, EventBridge and alarms that write into what it
 * encrypts.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export class OwnKey extends Key {
  constructor(scope: Construct, id: string, { stage, retain }: { stage: string; retain: boolean }) {
    super(scope, id, {
      description: `Everything that Parley stores, stage ${stage}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const { account, region, partition } = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: [...USE],
        // In a key's policy this is the key.
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    );
    for (const service of ['events', 'cloudwatch'])
      this.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:SourceAccount': account } },
        }),
      );
  }
}

/** Encrypts all queues, topics and logs below `scope` with the key, and lets those use it who may use these or tables. */
export function encryptWith(key: IKey, scope: IConstruct): void {
  Aspects.of(scope).add(new Encrypts(key));
}

class Encrypts implements IAspect {
  constructor(private readonly key: IKey) {}

  visit(node: IConstruct): void {
    if (node instanceof CfnLogGroup) node.kmsKeyId = this.key.keyArn;
    if (node instanceof CfnTopic) node.kmsMasterKeyId = this.key.keyArn;
    if (node instanceof CfnQueue) {
      // Set here and not on the construct, which would then leave out of its policy which rules may send to it.
      node.kmsMasterKeyId = this.key.keyArn;
      node.sqsManagedSseEnabled = undefined;
    }
    if (node instanceof CfnPolicy && node.policyDocument instanceof PolicyDocument)
      this.allowUse(node, node.policyDocument);
  }

  private allowUse(node: CfnPolicy, document: PolicyDocument): void {
    const written = JSON.stringify(node.stack.resolve(document));
    const services = Object.entries(SERVICES).flatMap(([prefix, service]) =>
      written.includes(`"${prefix}`) ? [`${service}.${node.stack.region}.amazonaws.com`] : [],
    );
    if (services.length === 0 || written.includes('"kms:')) return;
    document.addStatements(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...USE],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': services } },
      }),
    );
  }
}
