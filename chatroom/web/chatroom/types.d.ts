// Generated from the declarations of the protocol by `python -m tests.js.generated`.

export type Secret = string;

export interface Connect {
  token?: Secret | null;
}

export interface User {
  name: string;
  displayName: string;
  lookalike?: boolean;
}

export interface ServerLimits {
  textChars: number;
  textBytes: number;
  frameBytes: number;
  pageSize: number;
}

export interface Announcement {
  at: number;
  text: string;
  until?: number;
}

export interface ServerState {
  name: string;
  accent?: string;
  readOnly?: string;
  announcement?: Announcement;
}

export interface ThreadSums {
  unread: number;
  mentions: number;
}

export interface Reaction {
  emoji: string;
  count: number;
  users: readonly string[];
}

/** At most 8192 bytes as JSON. */
export type JsonObject = Record<string, unknown>;

export interface Thumbnail {
  part: 'file' | 'small' | 'large';
  width: number;
  height: number;
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  width?: number;
  height?: number;
  thumbnails?: readonly Thumbnail[];
}

export interface Preview {
  room: string;
  seq: number;
  rev: number;
  sender: string;
  text: string;
  timestamp: number;
  clientId?: string;
  replyTo?: number;
  thread?: number;
  editedAt?: number;
  deleted?: boolean;
  mentions?: readonly string[];
  reactions?: readonly Reaction[];
  pinnedBy?: string;
  format?: 'plain';
  type?: string;
  data?: JsonObject;
  attachments?: readonly Attachment[];
  truncated?: boolean;
  files?: number;
  fileType?: string;
}

export interface InboxEntry {
  room: string;
  kind: 'room' | 'direct';
  title: string;
  visibility: 'public' | 'private';
  headSeq: number;
  readSeq: number;
  unread: number;
  mentions: number;
  notifications: 'all' | 'mentions' | 'none';
  with?: User;
  lastMessage?: Preview;
}

export interface Inbox {
  unread: number;
  mentions: number;
  threads: ThreadSums;
  rooms: readonly InboxEntry[];
  next: string | null;
}

export interface Connected {
  user: User;
  serverRole: 'admin' | 'member';
  sessionId: string;
  tokenExpiresAt: number;
  protocol: number;
  features: readonly string[];
  epoch: string;
  serverTime: number;
  limits: ServerLimits;
  server: ServerState;
  inbox: Inbox;
}

/** A name: 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit. */
export type OwnRoomName = string;

export interface JoinRoom {
  room: OwnRoomName;
  create?: boolean;
}

export interface Joined {
  room: string;
  title: string;
  topic: string;
  visibility: 'public' | 'private';
  role: 'owner' | 'moderator' | 'member';
  headSeq: number;
  headRev: number;
  readSeq: number;
  created: boolean;
  posting: 'all' | 'moderators';
  inviting: 'all' | 'moderators';
  slowModeS: number;
  archived: boolean;
}

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type Title = string;

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type Topic = string;

export interface CreateRoom {
  room: OwnRoomName;
  visibility: 'public' | 'private';
  title?: Title | null;
  topic?: Topic | null;
}

export type UserNames = readonly string[];

export type ClientId = string;

export interface CreateGroup {
  users: UserNames;
  clientId: ClientId;
}

/**
 * The name of a room: 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit; of a direct room: @alice:bob,
 * the two names sorted; or of a group.
 */
export type RoomName = string;

export interface EnterRoom {
  room: RoomName;
}

export interface DeleteRoom {
  room: RoomName;
}

export interface Empty {
}

export type Pause = number;

export interface SetRoom {
  room: RoomName;
  title?: Title | null;
  topic?: Topic | null;
  visibility?: 'public' | 'private' | null;
  posting?: 'all' | 'moderators' | null;
  inviting?: 'all' | 'moderators' | null;
  slowModeS?: Pause | null;
  archived?: boolean | null;
}

export interface RoomSettings {
  room: string;
  title: string;
  topic: string;
  visibility: 'public' | 'private';
  posting: 'all' | 'moderators';
  inviting: 'all' | 'moderators';
  slowModeS: number;
  archived: boolean;
}

export interface LeaveRoom {
  room: RoomName;
}

export type Bound = number;

export type Limit = number;

export interface Subscribe {
  room: RoomName;
  epoch?: string | null;
  sinceRev?: Bound | null;
  limit?: Limit | null;
}

export interface Message {
  room: string;
  seq: number;
  rev: number;
  sender: string;
  text: string;
  timestamp: number;
  clientId?: string;
  replyTo?: number;
  thread?: number;
  editedAt?: number;
  deleted?: boolean;
  mentions?: readonly string[];
  reactions?: readonly Reaction[];
  pinnedBy?: string;
  format?: 'plain';
  type?: string;
  data?: JsonObject;
  attachments?: readonly Attachment[];
}

export interface Online {
  count: number;
  users?: readonly string[];
}

export interface Muted {
  until?: number;
  reason?: string;
}

export interface OwnReactions {
  seq: number;
  emojis: readonly string[];
}

export interface Quoted {
  seq: number;
  rev: number;
  sender: string;
  text: string;
  deleted?: boolean;
  truncated?: boolean;
  files?: number;
  fileType?: string;
}

export interface Thread {
  root: number;
  count: number;
  lastSeq: number;
  lastTimestamp: number;
  users: readonly string[];
}

export interface Subscribed {
  room: string;
  title: string;
  topic: string;
  visibility: 'public' | 'private';
  role: 'owner' | 'moderator' | 'member';
  epoch: string;
  firstSeq: number;
  headSeq: number;
  headRev: number;
  readSeq: number;
  recovered: boolean;
  messages: readonly Message[];
  hasMore: boolean;
  nextRev: number;
  online: Online;
  reason?: string;
  muted?: Muted;
  posting: 'all' | 'moderators';
  inviting: 'all' | 'moderators';
  slowModeS: number;
  archived: boolean;
  myReactions: readonly OwnReactions[];
  quoted: readonly Quoted[];
  threads: readonly Thread[];
}

export interface Unsubscribe {
  room: RoomName;
}

export type Seq = number;

export interface SetTyping {
  room: RoomName;
  typing: boolean;
  thread?: Seq | null;
}

export type Query = string;

export type Cursor = string;

export interface ListRooms {
  query?: Query | null;
  after?: Cursor | null;
  limit?: Limit;
}

export interface ListedRoom {
  room: string;
  title: string;
  topic: string;
  visibility: 'public' | 'private';
  members: number;
  headSeq: number;
  member: boolean;
  archived: boolean;
}

export interface Rooms {
  rooms: readonly ListedRoom[];
  next: string | null;
}

export interface ListMembers {
  room: RoomName;
  after?: Cursor | null;
  limit?: Limit;
  query?: Query | null;
}

export interface ListedMember {
  user: string;
  displayName: string;
  role: 'owner' | 'moderator' | 'member';
  online: boolean;
  lookalike?: boolean;
}

export interface Members {
  members: readonly ListedMember[];
  next: string | null;
}

/** A name: 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit. */
export type UserName = string;

export interface Invite {
  room: RoomName;
  user: UserName;
}

export interface RemoveMember {
  room: RoomName;
  user: UserName;
}

export interface SetRole {
  room: RoomName;
  user: UserName;
  role: 'owner' | 'moderator' | 'member';
}

export type Time = number;

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type Reason = string;

export interface Ban {
  room: RoomName;
  user: UserName;
  until?: Time | null;
  reason?: Reason | null;
}

export interface Unban {
  room: RoomName;
  user: UserName;
}

export interface Mute {
  room: RoomName;
  user: UserName;
  until?: Time | null;
  reason?: Reason | null;
}

export interface Unmute {
  room: RoomName;
  user: UserName;
}

export interface DeleteMessagesOf {
  room: RoomName;
  user: UserName;
  since: Time;
  before?: Seq | null;
}

export interface Swept {
  deleted: number;
  next: number | null;
}

export interface ListBans {
  room: RoomName;
  after?: Cursor | null;
  limit?: Limit;
}

export interface ListedSanction {
  user: User;
  by: string;
  timestamp: number;
  until?: number;
  reason?: string;
}

export interface Sanctions {
  sanctions: readonly ListedSanction[];
  next: string | null;
}

export interface ListMutes {
  room: RoomName;
  after?: Cursor | null;
  limit?: Limit;
}

export type Text = string;

export type ThreadRoot = number;

/** A name: 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit. */
export type MessageType = string;

export type Uploads = readonly string[];

export interface SendMessage {
  text: Text;
  room?: RoomName | null;
  to?: UserName | null;
  clientId?: ClientId | null;
  replyTo?: Seq | null;
  thread?: ThreadRoot | null;
  format?: 'markdown' | 'plain';
  type?: MessageType | null;
  data?: JsonObject | null;
  attachments?: Uploads | null;
}

export interface Sent {
  room: string;
  seq: number;
  rev: number;
  timestamp: number;
  duplicate: boolean;
}

export type MessageSeq = number;

export interface EditMessage {
  room: RoomName;
  seq: MessageSeq;
  text: Text;
}

export interface Changed {
  rev: number;
}

export interface DeleteMessage {
  room: RoomName;
  seq: MessageSeq;
}

/** One emoji, with or without its variation selectors (UTS 51). */
export type Emoji = string;

export interface AddReaction {
  room: RoomName;
  seq: MessageSeq;
  emoji: Emoji;
}

export interface RemoveReaction {
  room: RoomName;
  seq: MessageSeq;
  emoji: Emoji;
}

export interface PinMessage {
  room: RoomName;
  seq: MessageSeq;
}

export interface UnpinMessage {
  room: RoomName;
  seq: MessageSeq;
}

export interface GetMessage {
  room: RoomName;
  seq: Seq;
}

export interface OneMessage {
  epoch: string;
  message: Message;
  myReactions: readonly OwnReactions[];
  quoted: readonly Quoted[];
  threads: readonly Thread[];
}

/** The id of an upload. */
export type UploadId = string;

export interface GetFile {
  room: RoomName;
  seq: Seq;
  id: UploadId;
}

export interface FileLink {
  part: 'file' | 'small' | 'large';
  url: string;
}

export interface FileLinks {
  url: string;
  expiresAt: number;
  thumbnails: readonly FileLink[];
}

export interface GetHistory {
  room: RoomName;
  before?: Bound | null;
  after?: Bound | null;
  around?: Bound | null;
  limit?: Limit;
  at?: Time | null;
  thread?: Seq | null;
  whole?: boolean;
}

export interface History {
  room: string;
  epoch: string;
  firstSeq: number;
  headSeq: number;
  messages: readonly Message[];
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
  myReactions: readonly OwnReactions[];
  quoted: readonly Quoted[];
  threads: readonly Thread[];
}

export interface GetUnread {
  room: RoomName;
  limit?: Limit;
}

export interface GetMentions {
  after?: Cursor | null;
  limit?: Limit;
}

export interface Mentions {
  epoch: string;
  messages: readonly Message[];
  next: string | null;
}

export type SearchQuery = string;

export interface SearchMessages {
  query: SearchQuery;
  room?: RoomName | null;
  sender?: UserName | null;
  before?: Time | null;
  after?: Time | null;
  has?: 'link' | 'file' | null;
  limit?: Limit;
  cursor?: Cursor | null;
}

export interface TextRange {
  start: number;
  end: number;
}

export interface Found {
  messages: readonly Message[];
  ranges: readonly (readonly TextRange[])[];
  pending: number;
  next: string | null;
}

export interface ListReactions {
  room: RoomName;
  seq: Seq;
  after?: Cursor | null;
  limit?: Limit;
}

export interface ListedReaction {
  emoji: string;
  user: User;
}

export interface Reactions {
  reactions: readonly ListedReaction[];
  next: string | null;
}

export interface ListPins {
  room: RoomName;
  after?: Cursor | null;
  limit?: Limit;
}

export interface Pins {
  epoch: string;
  messages: readonly Message[];
  next: string | null;
  myReactions: readonly OwnReactions[];
  quoted: readonly Quoted[];
  threads: readonly Thread[];
}

export interface GetInbox {
  after?: Cursor | null;
  limit?: Limit;
}

export interface MarkRead {
  room: RoomName;
  seq: Bound;
  thread?: ThreadRoot | null;
}

export interface GetThreads {
  room?: RoomName | null;
  after?: Cursor | null;
  limit?: Limit;
}

export interface ListedThread {
  room: string;
  thread: number;
  count: number;
  lastSeq: number;
  lastTimestamp: number;
  users: readonly string[];
  readSeq: number;
  unread: number;
  mentions: number;
  message?: Preview;
}

export interface Threads {
  threads: readonly ListedThread[];
  next: string | null;
}

export interface FollowThread {
  room: RoomName;
  thread: ThreadRoot;
}

export interface UnfollowThread {
  room: RoomName;
  thread: ThreadRoot;
}

export interface SetNotifications {
  room: RoomName;
  level: 'all' | 'mentions' | 'none';
}

export interface BlockUser {
  user: UserName;
}

export interface UnblockUser {
  user: UserName;
}

export interface ListBlocked {
  after?: Cursor | null;
  limit?: Limit;
}

export interface Blocked {
  users: readonly User[];
  next: string | null;
}

export interface NewStatus {
  text?: string | null;
  emoji?: string | null;
  until?: number | null;
}

/** The id of an upload, or empty. */
export type NewAvatar = string;

export interface SetProfile {
  displayName?: Title | null;
  status?: NewStatus | null;
  avatar?: NewAvatar | null;
}

export interface Status {
  text: string;
  emoji?: string;
  until?: number;
}

export interface Profile {
  name: string;
  displayName: string;
  lookalike?: boolean;
  status?: Status;
  avatar?: string;
}

export type ShownUsers = readonly string[];

export interface GetUsers {
  users: ShownUsers;
}

export interface Person {
  name: string;
  displayName: string;
  lookalike?: boolean;
  status?: Status;
  avatar?: string;
  online: boolean;
  serverRole?: 'admin' | 'member';
  disabled?: boolean;
}

export interface People {
  users: readonly Person[];
}

export interface GetAvatars {
  users: ShownUsers;
}

export interface AvatarLink {
  user: string;
  id: string;
  url: string;
}

export interface Avatars {
  expiresAt: number;
  avatars: readonly AvatarLink[];
}

export interface ListUsers {
  query?: Query | null;
  after?: Cursor | null;
  limit?: Limit;
}

export interface FoundPeople {
  users: readonly Person[];
  next: string | null;
}

/** At most 16384 bytes as JSON. */
export type Settings = Record<string, unknown>;

export interface SetSettings {
  settings: Settings;
  number?: Bound | null;
}

export interface AccountSettings {
  settings: Settings;
  number: number;
}

export interface GetSettings {
}

export interface SetServerRole {
  user: UserName;
  role: 'admin' | 'member';
}

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type ServerName = string;

/** #rrggbb in lower case, or empty. */
export type Accent = string;

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type ReadOnlyReason = string;

export interface SetServer {
  name?: ServerName | null;
  accent?: Accent | null;
  readOnly?: ReadOnlyReason | null;
}

/**
 * Trimmed; no control characters. No bidirectional controls, and characters that are not shown only where a script or an
 * emoji needs them.
 */
export type AnnouncementText = string;

export interface Announce {
  text: AnnouncementText;
  until?: Time | null;
}

export interface DisableAccount {
  user: UserName;
}

export interface EnableAccount {
  user: UserName;
}

export interface EraseAccount {
  user: UserName;
}

/** From the next of a reply. */
export type NumberCursor = string;

export interface ListAudit {
  room?: RoomName | null;
  by?: UserName | null;
  user?: UserName | null;
  act?: 'removeMember' | 'ban' | 'unban' | 'mute' | 'unmute' | 'setRole' | 'deleteMessage' | 'deleteMessagesOf' | 'setRoom' | 'deleteRoom' | 'enterRoom' | 'becomeAdmin' | 'setServerRole' | 'disableAccount' | 'enableAccount' | 'eraseAccount' | 'revokeInvitation' | 'setServer' | 'announce' | 'renameAccount' | 'resetPassword' | 'endLogIns' | 'setRetention' | 'prune' | null;
  since?: Time | null;
  until?: Time | null;
  after?: NumberCursor | null;
  limit?: Limit;
}

export interface AuditEntry {
  timestamp: number;
  act: 'removeMember' | 'ban' | 'unban' | 'mute' | 'unmute' | 'setRole' | 'deleteMessage' | 'deleteMessagesOf' | 'setRoom' | 'deleteRoom' | 'enterRoom' | 'becomeAdmin' | 'setServerRole' | 'disableAccount' | 'enableAccount' | 'eraseAccount' | 'revokeInvitation' | 'setServer' | 'announce' | 'renameAccount' | 'resetPassword' | 'endLogIns' | 'setRetention' | 'prune';
  by?: string;
  room?: string;
  user?: string;
  details?: JsonObject;
  id: number;
}

export interface Audit {
  entries: readonly AuditEntry[];
  next: string | null;
}

export type Code = string;

export interface AcceptInvitation {
  code: Code;
}

export interface Accepted {
  room?: string;
  serverRole?: 'admin' | 'member';
}

export type Uses = number;

export interface CreateInvitation {
  room?: RoomName | null;
  server?: boolean;
  expiresAt?: Time | null;
  maxUses?: Uses | null;
}

export interface NewInvitation {
  id: string;
  code: string;
}

/** From the next of a reply. */
export type InvitationCursor = string;

export interface ListInvitations {
  room?: RoomName | null;
  after?: InvitationCursor | null;
  limit?: Limit;
}

export interface ListedInvitation {
  id: string;
  timestamp: number;
  server: boolean;
  uses: number;
  users: readonly string[];
  by?: string;
  room?: string;
  expiresAt?: number;
  maxUses?: number;
  revokedAt?: number;
}

export interface Invitations {
  invitations: readonly ListedInvitation[];
  next: string | null;
}

export type InvitationId = string;

export interface RevokeInvitation {
  id: InvitationId;
}

export interface GetPushKey {
}

export interface PushKey {
  key: string;
}

/** An https address of at most 2000 characters. */
export type EndpointUrl = string;

/** 65 bytes in base64url without padding. */
export type PublicKey = string;

/** 16 bytes in base64url without padding. */
export type AuthSecret = string;

export interface AddPushEndpoint {
  endpoint: EndpointUrl;
  p256dh: PublicKey;
  auth: AuthSecret;
}

export interface RemovePushEndpoint {
  endpoint: EndpointUrl;
}

export interface ListPushEndpoints {
}

export interface ListedEndpoint {
  endpoint: string;
  createdAt: number;
  label: string;
  current: boolean;
  failing: boolean;
}

export interface PushEndpoints {
  endpoints: readonly ListedEndpoint[];
}

export interface PushTest {
  endpoint: EndpointUrl;
}

export interface PushTested {
  outcome: 'sent' | 'failed' | 'gone';
  status?: number;
}

export interface NewMessageEvent {
  room: string;
  seq: number;
  rev: number;
  sender: string;
  text: string;
  timestamp: number;
  clientId?: string;
  replyTo?: number;
  thread?: number;
  editedAt?: number;
  deleted?: boolean;
  mentions?: readonly string[];
  reactions?: readonly Reaction[];
  pinnedBy?: string;
  format?: 'plain';
  type?: string;
  data?: JsonObject;
  attachments?: readonly Attachment[];
  epoch: string;
}

export interface MessageChangedEvent {
  room: string;
  seq: number;
  rev: number;
  sender: string;
  text: string;
  timestamp: number;
  clientId?: string;
  replyTo?: number;
  thread?: number;
  editedAt?: number;
  deleted?: boolean;
  mentions?: readonly string[];
  reactions?: readonly Reaction[];
  pinnedBy?: string;
  format?: 'plain';
  type?: string;
  data?: JsonObject;
  attachments?: readonly Attachment[];
  epoch: string;
}

export interface ReactionsChanged {
  room: string;
  seq: number;
  rev: number;
  emoji: string;
  count: number;
  user: string;
  added: boolean;
  epoch: string;
}

export interface UnreadEvent {
  room: string;
  kind: 'room' | 'direct';
  title: string;
  visibility: 'public' | 'private';
  headSeq: number;
  readSeq: number;
  unread: number;
  mentions: number;
  notifications: 'all' | 'mentions' | 'none';
  with?: User;
  lastMessage?: Preview;
}

export interface ThreadUnread {
  room: string;
  thread: number;
  readSeq: number;
  unread: number;
  mentions: number;
  following: boolean;
}

export interface TokenExpiring {
  expiresAt: number;
}

export interface Typing {
  room: string;
  user: string;
  typing: boolean;
  thread?: number;
}

export interface Presence {
  user: string;
  online: boolean;
}

export interface MemberChanged {
  room: string;
  user: string;
  role: 'owner' | 'moderator' | 'member' | null;
}

export interface RoomChanged {
  room: string;
  title: string;
  topic: string;
  visibility: 'public' | 'private';
  posting: 'all' | 'moderators';
  inviting: 'all' | 'moderators';
  slowModeS: number;
  archived: boolean;
}

export interface MuteChanged {
  room: string;
  user: string;
  muted: boolean;
  until?: number;
  reason?: string;
}

export interface UserChanged {
  name: string;
  displayName: string;
  lookalike?: boolean;
  status?: Status;
  avatar?: string;
}

export interface SettingsChanged {
  settings: Settings;
  number: number;
}

export interface ServerChanged {
  name: string;
  accent?: string;
  readOnly?: string;
  announcement?: Announcement;
}

/** Why the server refuses a call. */
export type Refusal =
  'parse_error' | 'invalid_request' | 'unknown_method' | 'invalid_params' | 'internal' | 'unauthenticated' | 'forbidden'
  | 'not_found' | 'conflict' | 'text_empty' | 'text_too_long' | 'rate_limited' | 'banned' | 'muted' | 'quota_exceeded'
  | 'storage_full' | 'read_only' | 'busy';

/** What a server has. */
export type Feature =
  'direct' | 'edit' | 'delete' | 'mentions' | 'presence' | 'typing' | 'block' | 'roles' | 'mute' | 'settings' |
  'reactions' | 'pins' | 'groups' | 'deleteRoom' | 'format' | 'data' | 'search' | 'quoted' | 'threads' | 'profiles' |
  'accountSettings' | 'admins' | 'audit' | 'invitations' | 'push' | 'files' | 'appearance' | 'readOnly' |
  'announcements';

/** All calls, by method. */
export interface CallMap {
  connect: { params: Connect; result: Connected };
  joinRoom: { params: JoinRoom; result: Joined };
  createRoom: { params: CreateRoom; result: Joined };
  createGroup: { params: CreateGroup; result: Joined };
  enterRoom: { params: EnterRoom; result: Joined };
  deleteRoom: { params: DeleteRoom; result: Empty };
  setRoom: { params: SetRoom; result: RoomSettings };
  leaveRoom: { params: LeaveRoom; result: Empty };
  subscribe: { params: Subscribe; result: Subscribed };
  unsubscribe: { params: Unsubscribe; result: Empty };
  setTyping: { params: SetTyping; result: Empty };
  listRooms: { params: ListRooms; result: Rooms };
  listMembers: { params: ListMembers; result: Members };
  invite: { params: Invite; result: Empty };
  removeMember: { params: RemoveMember; result: Empty };
  setRole: { params: SetRole; result: Empty };
  ban: { params: Ban; result: Empty };
  unban: { params: Unban; result: Empty };
  mute: { params: Mute; result: Empty };
  unmute: { params: Unmute; result: Empty };
  deleteMessagesOf: { params: DeleteMessagesOf; result: Swept };
  listBans: { params: ListBans; result: Sanctions };
  listMutes: { params: ListMutes; result: Sanctions };
  sendMessage: { params: SendMessage; result: Sent };
  editMessage: { params: EditMessage; result: Changed };
  deleteMessage: { params: DeleteMessage; result: Changed };
  addReaction: { params: AddReaction; result: Changed };
  removeReaction: { params: RemoveReaction; result: Changed };
  pinMessage: { params: PinMessage; result: Changed };
  unpinMessage: { params: UnpinMessage; result: Changed };
  getMessage: { params: GetMessage; result: OneMessage };
  getFile: { params: GetFile; result: FileLinks };
  getHistory: { params: GetHistory; result: History };
  getUnread: { params: GetUnread; result: History };
  getMentions: { params: GetMentions; result: Mentions };
  searchMessages: { params: SearchMessages; result: Found };
  listReactions: { params: ListReactions; result: Reactions };
  listPins: { params: ListPins; result: Pins };
  getInbox: { params: GetInbox; result: Inbox };
  markRead: { params: MarkRead; result: InboxEntry };
  getThreads: { params: GetThreads; result: Threads };
  followThread: { params: FollowThread; result: Empty };
  unfollowThread: { params: UnfollowThread; result: Empty };
  setNotifications: { params: SetNotifications; result: InboxEntry };
  blockUser: { params: BlockUser; result: Empty };
  unblockUser: { params: UnblockUser; result: Empty };
  listBlocked: { params: ListBlocked; result: Blocked };
  setProfile: { params: SetProfile; result: Profile };
  getUsers: { params: GetUsers; result: People };
  getAvatars: { params: GetAvatars; result: Avatars };
  listUsers: { params: ListUsers; result: FoundPeople };
  setSettings: { params: SetSettings; result: AccountSettings };
  getSettings: { params: GetSettings; result: AccountSettings };
  setServerRole: { params: SetServerRole; result: Empty };
  setServer: { params: SetServer; result: ServerState };
  announce: { params: Announce; result: ServerState };
  disableAccount: { params: DisableAccount; result: Empty };
  enableAccount: { params: EnableAccount; result: Empty };
  eraseAccount: { params: EraseAccount; result: Empty };
  listAudit: { params: ListAudit; result: Audit };
  acceptInvitation: { params: AcceptInvitation; result: Accepted };
  createInvitation: { params: CreateInvitation; result: NewInvitation };
  listInvitations: { params: ListInvitations; result: Invitations };
  revokeInvitation: { params: RevokeInvitation; result: Empty };
  getPushKey: { params: GetPushKey; result: PushKey };
  addPushEndpoint: { params: AddPushEndpoint; result: Empty };
  removePushEndpoint: { params: RemovePushEndpoint; result: Empty };
  listPushEndpoints: { params: ListPushEndpoints; result: PushEndpoints };
  testPush: { params: PushTest; result: PushTested };
}

/** How long a call may take, and how to give it up. */
export interface CallOptions {
  signal?: AbortSignal;
  deadlineMs?: number;
}

/** A method for each call. */
export interface Calls {
  /** Join a public room, made if it does not exist; with create false, only if it does. */
  joinRoom(params: JoinRoom, options?: CallOptions): Promise<Joined>;
  /** Make a room and own it; conflict if the name is taken. */
  createRoom(params: CreateRoom, options?: CallOptions): Promise<Joined>;
  /**
   * Make a private room of these people and me, which I own. The server gives its name. Tried again with the same
   * clientId, the first group is the answer.
   */
  createGroup(params: CreateGroup, options?: CallOptions): Promise<Joined>;
  /**
   * Become an owner of an abandoned room, private ones too; for admins of the server. A room is abandoned while no owner
   * has an account that is enabled. The audit shows it to the members.
   */
  enterRoom(params: EnterRoom, options?: CallOptions): Promise<Joined>;
  /** Delete a room with all of its messages; for owners. Its name is never given again. */
  deleteRoom(params: DeleteRoom, options?: CallOptions): Promise<Empty>;
  /**
   * Change settings of a room; what is left out stays. For moderators and owners; visibility and archived are for
   * owners.
   */
  setRoom(params: SetRoom, options?: CallOptions): Promise<RoomSettings>;
  /** End my membership. */
  leaveRoom(params: LeaveRoom, options?: CallOptions): Promise<Empty>;
  /**
   * Tell the room's watchers that I type, or not: in the main log, or with thread in the thread below that message,
   * which is not looked up. In a room I type in one place; the last one counts.
   */
  setTyping(params: SetTyping, options?: CallOptions): Promise<Empty>;
  /**
   * Public rooms and mine, by name; query is a part of the name or title, in any case. A page may hold fewer rooms than
   * limit while next is set.
   */
  listRooms(params?: ListRooms, options?: CallOptions): Promise<Rooms>;
  /**
   * A room's members, by name; query is the beginning of a word of the name or display name, in any case and without
   * accents. A page may hold fewer members than limit while next is set.
   */
  listMembers(params: ListMembers, options?: CallOptions): Promise<Members>;
  /** Make someone a member; for moderators and owners, or for all if the room is set so. */
  invite(params: Invite, options?: CallOptions): Promise<Empty>;
  /** End someone's membership; for moderators and owners. */
  removeMember(params: RemoveMember, options?: CallOptions): Promise<Empty>;
  /** Give someone a role, or give up mine; for owners. The last owner cannot (conflict). */
  setRole(params: SetRole, options?: CallOptions): Promise<Empty>;
  /**
   * End someone's membership and forbid to join, until a time or for good; for moderators and owners. Replaces an
   * earlier ban.
   */
  ban(params: Ban, options?: CallOptions): Promise<Empty>;
  /** Allow to join again; for moderators and owners. */
  unban(params: Unban, options?: CallOptions): Promise<Empty>;
  /**
   * Forbid someone to send and edit in the room, until a time or for good; for moderators and owners. Replaces an
   * earlier mute, and holds after leaving and joining again.
   */
  mute(params: Mute, options?: CallOptions): Promise<Empty>;
  /** Allow to write again; for moderators and owners. */
  unmute(params: Unmute, options?: CallOptions): Promise<Empty>;
  /**
   * Delete what someone wrote since a time, the latest first; for moderators and owners. Deletes some of it: ask again
   * with before as next, until that is null.
   */
  deleteMessagesOf(params: DeleteMessagesOf, options?: CallOptions): Promise<Swept>;
  /** List who is banned from a room, by name, until when and why; for moderators and owners. */
  listBans(params: ListBans, options?: CallOptions): Promise<Sanctions>;
  /** List who is muted in a room, as listBans; for moderators and owners. */
  listMutes(params: ListMutes, options?: CallOptions): Promise<Sanctions>;
  /**
   * Send to a room, or to a person: a direct message, the first of which makes their room. Answered when it is on disk.
   * The text is trimmed and as long as connect's limits allow (text_empty, text_too_long). Tried again with the same
   * clientId, the first message is the answer (duplicate). With thread, it goes into the thread below that message of
   * the main log, and I follow the thread. The text is Markdown unless its format is plain; type and data are for
   * products. attachments are uploads of mine that are in no message; with them the text may be empty.
   */
  sendMessage(params: SendMessage, options?: CallOptions): Promise<Sent>;
  /** Another text for a message of mine. */
  editMessage(params: EditMessage, options?: CallOptions): Promise<Changed>;
  /** Empty a message of mine, or as a moderator anyone's; it keeps its seq. */
  deleteMessage(params: DeleteMessage, options?: CallOptions): Promise<Changed>;
  /** React to a message with one emoji; once more changes nothing. A message has at most 20 different ones (conflict). */
  addReaction(params: AddReaction, options?: CallOptions): Promise<Changed>;
  /** Take a reaction of mine back; once more changes nothing. */
  removeReaction(params: RemoveReaction, options?: CallOptions): Promise<Changed>;
  /** Pin a message for all; for moderators and owners, and in direct rooms for both. Once more changes nothing. */
  pinMessage(params: PinMessage, options?: CallOptions): Promise<Changed>;
  /** Take the pin of a message back. */
  unpinMessage(params: UnpinMessage, options?: CallOptions): Promise<Changed>;
  /** One message by its seq. */
  getMessage(params: GetMessage, options?: CallOptions): Promise<OneMessage>;
  /** Links to a file of a message and to its thumbnails, for me alone and for five minutes. */
  getFile(params: GetFile, options?: CallOptions): Promise<FileLinks>;
  /**
   * A page of messages, ascending by seq: before or after a seq, around it, around the first message at or after a time,
   * or the latest. hasMoreBefore and hasMoreAfter tell whether there are others. Of the main log, of the thread below a
   * message, or of the whole log, with all threads.
   */
  getHistory(params: GetHistory, options?: CallOptions): Promise<History>;
  /** The page of messages of the main log after my read cursor. */
  getUnread(params: GetUnread, options?: CallOptions): Promise<History>;
  /** Messages of others that mention me or everyone, in all rooms that I am a member of, newest first. */
  getMentions(params?: GetMentions, options?: CallOptions): Promise<Mentions>;
  /**
   * Messages of my rooms that have all words of query, newest first. A word finds words that begin with it; "what is in
   * quotes" is found as it is. Of one room or sender, from before or after a time (exclusive), or with a link or a file.
   * The names of files are searched too. A page may hold fewer messages than limit while next is set; cursor is the next
   * of the page before.
   */
  searchMessages(params: SearchMessages, options?: CallOptions): Promise<Found>;
  /** All who reacted to a message, by emoji, and for each emoji in the order in which they did. */
  listReactions(params: ListReactions, options?: CallOptions): Promise<Reactions>;
  /** The pinned messages, the last pinned first. */
  listPins(params: ListPins, options?: CallOptions): Promise<Pins>;
  /** My rooms with their unread counts, newest activity first. */
  getInbox(params?: GetInbox, options?: CallOptions): Promise<Inbox>;
  /**
   * Move my read cursor up to a seq; never back, never past the head. With thread, that of a thread that I follow (else
   * invalid_params).
   */
  markRead(params: MarkRead, options?: CallOptions): Promise<InboxEntry>;
  /** The threads that I follow, in one room or all, newest activity first. */
  getThreads(params?: GetThreads, options?: CallOptions): Promise<Threads>;
  /** Follow the thread below a message; what is there already counts as read. */
  followThread(params: FollowThread, options?: CallOptions): Promise<Empty>;
  /** Follow a thread no longer, until I write in it or am mentioned in it by name. */
  unfollowThread(params: UnfollowThread, options?: CallOptions): Promise<Empty>;
  /** What of a room I want to be notified of. */
  setNotifications(params: SetNotifications, options?: CallOptions): Promise<InboxEntry>;
  /**
   * Refuse someone's direct messages to me and their invitations of me (forbidden). Of what they send after this is
   * answered, nothing arrives.
   */
  blockUser(params: BlockUser, options?: CallOptions): Promise<Empty>;
  /** Take a block back. */
  unblockUser(params: UnblockUser, options?: CallOptions): Promise<Empty>;
  /** Whom I block, by name. */
  listBlocked(params?: ListBlocked, options?: CallOptions): Promise<Blocked>;
  /**
   * Change what others see of me; what is left out stays. A status without text and emoji removes the present one. The
   * avatar is a picture that I have uploaded and that is in no message; an empty id removes it.
   */
  setProfile(params?: SetProfile, options?: CallOptions): Promise<Profile>;
  /**
   * The profiles of people, by name: mine, and those of people with whom I share a room, or of everyone if the server is
   * set so or I am an admin. Others are left out, as are names that do not exist. Admins see roles on the server and
   * which accounts are disabled.
   */
  getUsers(params: GetUsers, options?: CallOptions): Promise<People>;
  /** Links to the avatars of people whose profiles I see, by name, for me alone and for five minutes. */
  getAvatars(params: GetAvatars, options?: CallOptions): Promise<Avatars>;
  /**
   * The people whose profiles getUsers shows me, by name; query is the beginning of a word of the name or display name,
   * in any case and without accents. A page may hold fewer people than limit while next is set.
   */
  listUsers(params?: ListUsers, options?: CallOptions): Promise<FoundPeople>;
  /**
   * Replace the settings of my account, which the server stores and does not read. With number, only if that is the
   * number of the present ones, else conflict.
   */
  setSettings(params: SetSettings, options?: CallOptions): Promise<AccountSettings>;
  /** The settings of my account: {} with the number 0 at first. Each change adds 1 to that. */
  getSettings(params?: GetSettings, options?: CallOptions): Promise<AccountSettings>;
  /** Make someone an admin of the server, or a member as others; for admins. The last admin cannot step down (conflict). */
  setServerRole(params: SetServerRole, options?: CallOptions): Promise<Empty>;
  /**
   * Set the server's name and the colour of its page, and with readOnly that calls which write are refused, and why; for
   * admins. A field left out stays. An empty name or accent becomes again what the settings say, and an empty readOnly
   * lets calls write again.
   */
  setServer(params?: SetServer, options?: CallOptions): Promise<ServerState>;
  /**
   * Show a notice to everybody, in place of the one before, until a time or until it is taken back by an empty text; for
   * admins.
   */
  announce(params: Announce, options?: CallOptions): Promise<ServerState>;
  /** End someone's sessions and forbid to log in; for admins. The last admin cannot disable themselves (conflict). */
  disableAccount(params: DisableAccount, options?: CallOptions): Promise<Empty>;
  /** Allow to log in again, with the password; for admins. Not after eraseAccount (conflict). */
  enableAccount(params: EnableAccount, options?: CallOptions): Promise<Empty>;
  /**
   * Delete someone's account for ever, and soon after that their memberships, messages, files and reactions; for admins.
   * The name stays taken. The last admin cannot do this to themselves (conflict).
   */
  eraseAccount(params: EraseAccount, options?: CallOptions): Promise<Empty>;
  /**
   * What admins, moderators and owners have done to others, newest first: in a room for its members and for admins of
   * the server, everywhere for admins. Only those by someone, on someone, of one act, from since on and before until.
   */
  listAudit(params?: ListAudit, options?: CallOptions): Promise<Audit>;
  /**
   * Come by an invitation, as someone who has an account already. A code that is not valid for whatever cause is not
   * found.
   */
  acceptInvitation(params: AcceptInvitation, options?: CallOptions): Promise<Accepted>;
  /**
   * Make a link by which people become members of a room, or sign up to the server, or both. To a room: for those who
   * may invite; to the server: for admins. It is valid until expiresAt, for maxUses people, until it is revoked, and
   * while I may invite.
   */
  createInvitation(params?: CreateInvitation, options?: CallOptions): Promise<NewInvitation>;
  /**
   * Invitations, newest first: those that I have made, those to rooms of which I am a moderator or owner, and for admins
   * all.
   */
  listInvitations(params?: ListInvitations, options?: CallOptions): Promise<Invitations>;
  /** End an invitation that listInvitations shows me. The people who came by it stay. */
  revokeInvitation(params: RevokeInvitation, options?: CallOptions): Promise<Empty>;
  /** The public key of the server, for a device to register with its push service. */
  getPushKey(params?: GetPushKey, options?: CallOptions): Promise<PushKey>;
  /**
   * Send notifications of what I have not read to an endpoint, with the keys of its device, until this log-in ends. Once
   * more replaces it.
   */
  addPushEndpoint(params: AddPushEndpoint, options?: CallOptions): Promise<Empty>;
  /** Send nothing to an endpoint of mine any more. */
  removePushEndpoint(params: RemovePushEndpoint, options?: CallOptions): Promise<Empty>;
  /** My endpoints, the oldest first. */
  listPushEndpoints(params?: ListPushEndpoints, options?: CallOptions): Promise<PushEndpoints>;
  /** Send a test notification to an endpoint of mine. Answered when its push service has answered, within 30 seconds. */
  testPush(params: PushTest, options?: CallOptions): Promise<PushTested>;
}

/** The parameters of all events. */
export interface EventMap {
  /**
   * A message, to every session subscribed to its room, the sender's too. In each room rev rises by exactly 1: a jump
   * means a gap, and subscribe with the last rev heals it.
   */
  newMessage: NewMessageEvent;
  /** A message after a change, whole; its rev counts as newMessage's does. */
  messageChanged: MessageChangedEvent;
  /**
   * Someone reacted to a message, or took that back (added false). count is the number of people with this emoji now.
   * rev is the message's, and counts as newMessage's does.
   */
  reactionsChanged: ReactionsChanged;
  /**
   * An entry of my inbox that changed, coalesced; to my sessions that don't watch the room, and to all of them when the
   * cursor or the level moved.
   */
  unread: UnreadEvent;
  /**
   * A thread that I follow, whose counts changed, coalesced; to my sessions that don't watch the room, and to all of
   * them when I began or ceased to follow it or the cursor moved.
   */
  threadUnread: ThreadUnread;
  /**
   * My session's token ends soon, and the session with it: once a day, from some days before. POST /api/renew gives a
   * new token.
   */
  tokenExpiring: TokenExpiring;
  /** Someone else in a watched room types, or no longer, in the main log or a thread; drop it after 6 s. */
  typing: Typing;
  /** Someone in a watched room came, or went some seconds ago; not sent in large rooms. */
  presence: Presence;
  /**
   * Someone's role in a watched room, or mine in any, null for who is no longer a member. Whoever loses membership is
   * unsubscribed with it.
   */
  memberChanged: MemberChanged;
  /** The settings of a watched room after a change, whole. */
  roomChanged: RoomChanged;
  /**
   * Someone in a watched room, or I in any, may not write there any more until a time, or for good; or may again, with
   * muted false. Nothing is told when the time has come.
   */
  muteChanged: MuteChanged;
  /**
   * The profile of someone in a watched room after a change, whole, or when a status has ended; and my own, to all of my
   * sessions. Not sent in large rooms, and coalesced.
   */
  userChanged: UserChanged;
  /** My account's settings after setSettings, whole; to all of my sessions, coalesced. */
  settingsChanged: SettingsChanged;
  /**
   * What the server tells everybody of itself, whole, after setServer and announce; to all sessions. Nothing is told
   * when the end of an announcement has come.
   */
  serverChanged: ServerChanged;
}
