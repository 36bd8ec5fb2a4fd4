// Generated from the declarations of the protocol by `python -m tests.js.generated`.
export const SUBPROTOCOL = 'chatroom.v1';
export const FRAME_BYTES = 131072;
export const PAGE = 50;
export const MAX_PAGE = 200;
export const INBOX_PAGE = 100;
export const TEMPORARY = Object.freeze([
  'busy', 'internal', 'rate_limited', 'read_only', 'storage_full',
]);
export const CLOSE_CODES = Object.freeze({
  1000: { name: 'normal', comeBack: true },
  1002: { name: 'protocol_error', comeBack: true },
  1003: { name: 'unsupported_data', comeBack: true },
  1007: { name: 'invalid_utf8', comeBack: true },
  1009: { name: 'too_big', comeBack: true },
  1011: { name: 'internal_error', comeBack: true },
  1012: { name: 'restart', comeBack: true },
  4008: { name: 'slow', comeBack: true },
  4009: { name: 'silent', comeBack: true },
  4500: { name: 'bad_token', comeBack: false },
  4501: { name: 'revoked', comeBack: false },
  4502: { name: 'violations', comeBack: false },
  4503: { name: 'no_connect', comeBack: false },
  4504: { name: 'too_many_sessions', comeBack: false },
});
export const METHODS = Object.freeze([
  'joinRoom', 'createRoom', 'createGroup', 'enterRoom', 'deleteRoom', 'setRoom', 'leaveRoom', 'setTyping',
  'listRooms', 'listMembers', 'invite', 'removeMember', 'setRole', 'ban', 'unban', 'mute', 'unmute',
  'deleteMessagesOf', 'listBans', 'listMutes', 'sendMessage', 'editMessage', 'deleteMessage', 'addReaction',
  'removeReaction', 'pinMessage', 'unpinMessage', 'getMessage', 'getFile', 'getHistory', 'getUnread', 'getMentions',
  'searchMessages', 'listReactions', 'listPins', 'getInbox', 'markRead', 'getThreads', 'followThread',
  'unfollowThread', 'setNotifications', 'blockUser', 'unblockUser', 'listBlocked', 'setProfile', 'getUsers',
  'getAvatars', 'listUsers', 'setSettings', 'getSettings', 'setServerRole', 'setServer', 'announce', 'disableAccount',
  'enableAccount', 'eraseAccount', 'listAudit', 'acceptInvitation', 'createInvitation', 'listInvitations',
  'revokeInvitation', 'getPushKey', 'addPushEndpoint', 'removePushEndpoint', 'listPushEndpoints', 'testPush',
]);
