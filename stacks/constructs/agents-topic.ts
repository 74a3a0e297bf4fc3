import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/** Where support agents are told that somebody needs them. */
export class AgentsTopic extends Topic {
  /** @param email of the first subscriber; empty for none */
  constructor(scope: Construct, id: string, email: string) {
    super(scope, id, {
      enforceSSL: true,
      // The account's own key for SNS: alerts may quote a message, and publishers of this account need no grant.
      masterKey: Alias.fromAliasName(scope, `${id}-key`, 'alias/aws/sns'),
    });
    if (email !== '') this.addSubscription(new EmailSubscription(email));
  }
}
