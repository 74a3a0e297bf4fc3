'use strict';
// In Lambda's Node runtimes, so there is nothing to bundle.
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');

const dynamodb = new DynamoDBClient({});

/**
 * EventBridge calls this with each MessageAccepted, at least once and in no order. Numbers of a room have no gap, so
 * the highest one seen is how many there were: a second delivery, or a late one, changes nothing. A throw is retried.
 */
exports.handler = async ({ time, detail }) => {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: process.env.COUNTS_TABLE,
        Key: { roomId: { S: detail.roomId } },
        UpdateExpression: 'SET messages = :seq, lastAt = :time',
        ConditionExpression: 'attribute_not_exists(messages) OR messages < :seq',
        ExpressionAttributeValues: { ':seq': { N: String(detail.seq) }, ':time': { S: time } },
      }),
    );
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
  }
};
