import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import type { NewMeeting } from './commands';
import type { ParleyClient } from './parley-client';

/** The meeting tutorial's three calls. Creates a meeting; `group_id` of the reply is the code to share. */
export function createNewMeeting(client: ParleyClient, meeting: string | NewMeeting) {
  return client.commands.createMeeting(meeting);
}

/** Joins a meeting by its code. Where the host decides, the reply says `waiting`. */
export function joinNewMeeting(client: ParleyClient, code: string) {
  return client.commands.joinMeeting(code);
}

/** Posts to a meeting that was created or joined. */
export function sendNewMessage(
  client: ParleyClient,
  meeting: { readonly roomId: string },
  message: string,
): Promise<AcceptedReply> {
  return client.send(meeting.roomId, message);
}
