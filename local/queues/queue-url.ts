/**
 * The URL that AWS gives the queue of an ARN. The runtime finds a queue by the last part of its URL, so this
 * reaches it without asking for the URL first, which would be another call that needs a permission.
 */
export function queueUrlOf(queueArn: string): string {
  const [, , , region = '', account = '', name = ''] = queueArn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
