### English. Each text says what happened and what to do, in whole sentences.

## Everywhere
loading = Loading
close = Close
cancel = Cancel
save = Save
retry = Try again
discard = Discard
undo = Undo
back = Back
more = More actions
today = Today
yesterday = Yesterday
copied = Copied.
link-copied = Link copied.
nothing-found = Nothing found.
page-failed = Something in this page failed.
others = { $count ->
    [one] one other
   *[other] { $count } others
}

## Refusals, by reason
error-rate-limited = Too much at once. Wait a moment, then try again.
error-storage-full = The server has no space left. Nothing was kept.
error-internal = Something went wrong on the server. Please try again.
error-busy = The server is busy. Please try again.
error-lost = There is no connection. Please try again.
error-timeout = The server did not answer in time. Please try again.
error-unreachable = The server cannot be reached. Check your connection.
error-ended = You are not logged in any more.
error-unauthenticated = The name or the password is wrong.

## Log-in
log-in-to = Log in to { $server }
sign-up-to = Join { $server }
log-in = Log in
sign-up = Create account
account-name = Account name
account-name-hint = Lower-case letters, digits, dots and hyphens. Others mention you by it.
display-name = Your name
display-name-hint = How others see you. You can change it later.
password = Password
password-hint = At least 8 characters.
have-account = I have an account
need-account = I need an account
ended-expired = Your log-in has expired, or the server does not know it. Please log in again.
ended-revoked = You have been logged out.
ended-violations = The server closed the connection, because this page sent too much. Wait a minute, then try again.
ended-no-connect = The connection is too slow to log in. Please try again.
ended-too-many-sessions = You are connected in too many places. Close other tabs or apps, then try again.
ended-other = The server closed the connection. Please try again.

## Sidebar
sidebar = Rooms and messages
server-menu = Server
new-conversation = New room or message
go-to = Go to
threads = Threads
mentions = Mentions
section-unread = Unread
section-rooms = Rooms
section-rooms-empty = You are in no room yet.
section-direct = Direct messages
section-direct-empty = Write to somebody to begin.
browse-rooms = Browse rooms
draft = Draft
muted = Muted
mention-count = { $count ->
    [one] one mention
   *[other] { $count } mentions
}
unread-count = { $count ->
    [one] one unread message
   *[other] { $count } unread messages
}
you = You
connecting = Connecting…
invite-people = Invite people
administration = Administration
new-message = New message
new-room = New room
edit-profile = Profile
notifications = Notifications
appearance = Appearance and language
devices = Devices
log-out = Log out
home = Home
choose-a-room = Choose a room to read, or begin a new one.
no-rooms-yet = This is the beginning. Make a room and invite people to it.

## Connection
offline = No connection. What you have read stays here.
offline-pending = No connection. { $count ->
    [one] One message is
   *[other] { $count } messages are
} kept on this device until there is one.
reconnect = Reconnect

## Rooms
notes-to-self = Notes to self
unnamed-group = Group
room-title = Title
room-title-hint = What people see, in any language.
room-name = Name
room-name-hint = Part of links. Lower-case letters, digits and hyphens; it cannot be changed.
topic = Topic
topic-hint = What the room is for.
private-room = Private
private-room-hint = Only invited people can find and read it.
create-room = Create room
members = Members
pins = Pinned messages
search = Search
room-settings = Room settings
profile = Profile
join = Join
not-a-member = You are not a member of { $room }.
archived = This room is archived. Nobody can write here.
moderators-post = Only moderators write here.
beginning-notes = Only you see what you write here.
beginning-direct = This is the beginning of your messages with { $name }.
beginning-room = This is the beginning of { $name }.

## Messages
messages = Messages
new = New
new-messages = { $count ->
    [one] One new message
   *[other] { $count } new messages
}
to-present = Jump to the newest
message-to = Message to { $name }
message-actions = Message actions
message-deleted = Message deleted
earlier-message = An earlier message
a-file = A file
edited = (edited)
pinned = Pinned
everyone = everyone
send = Send
replying-to = Replying to { $name }
react = Add a reaction
react-with = React with { $emoji }
reaction = { $emoji }, { $count }
reply = Reply
reply-in-thread = Reply in thread
edit = Edit
pin = Pin
unpin = Unpin
copy-link = Copy link
copy-text = Copy text
copy-code = Copy code
delete = Delete
spoiler = Show what is hidden
not-sent = Not sent.
waiting-to-send = Will be sent as soon as possible.
replies = { $count ->
    [one] One reply
   *[other] { $count } replies
}
last-reply = Last { $when }
typing = { $count ->
    [one] { $names } is writing…
   *[other] { $names } are writing…
}
search-emoji = Search emoji
recent = Recent
picture = Picture: { $name }
uploading = Sending { $name }
