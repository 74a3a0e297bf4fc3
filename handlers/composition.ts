/**
 * Where the domain's ports meet AWS. One function a port, so that a bundle holds only the clients that its entry
 * point asks for.
 */
export { createAgentAlerts as agentAlerts } from './aws/agent-alerts';
export { createAudience as audience } from './aws/audience';
export { createEventBus as bus } from './aws/event-bus';
export { createChatHistory as chatHistory } from './aws/chat-history';
export { createConnections as connections } from './aws/connections';
export { createDedupe as dedupe } from './aws/dedupe';
export { createLedger as ledger } from './aws/ledger';
export { createLimits as limits } from './aws/limits';
export { createLog as log } from './aws/log';
export { createMembers as members } from './aws/members';
export { createOutbox as outbox } from './aws/outbox';
export { createPersonalData as personalData } from './aws/personal-data';
export { createRooms as rooms } from './aws/rooms';
export { createSockets as sockets } from './aws/sockets';
export { createTickets as tickets } from './aws/tickets';
export { createTokenVerifier as tokens } from './aws/token-verifier';
export { createUsers as users } from './aws/users';
