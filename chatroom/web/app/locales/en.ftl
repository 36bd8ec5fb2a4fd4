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
error-read-only = The server is read-only for now. Nothing can be written.
error-busy = The server is busy. Please try again.
error-lost = There is no connection. Please try again.
error-timeout = The server did not answer in time. Please try again.
error-unreachable = The server cannot be reached. Check your connection.
error-ended = You are not logged in any more.
error-banned = You are banned from this room.
error-muted = You are muted in this room and cannot write here.
error-too-large = The file is too large.
error-text-too-long = The text is too long.
error-discarded = The message was discarded.
error-push-service = The browser's push service cannot be reached. You are notified while this page is open.
error-unauthenticated = The name or the password is wrong.
error-forbidden = You are not allowed to do this.
error-forbidden-user = This person has the same role as you, or a higher one.
error-not-found = It is not there any more.
error-not-found-room = There is no such room, or it is not open to you.
error-not-found-user = There is no such person.
error-not-found-seq = This message is not there any more.
error-not-found-attachments = A file of this message is not on the server any more. Add it again.
error-conflict = It was changed meanwhile, or is there already. Reload the page, then try again.
error-conflict-room = This name is taken.
error-conflict-role = You are the last owner. Make another person an owner first.
error-conflict-emoji = This message has as many different reactions as it can have.
error-quota-exceeded = You have reached a limit of this server. Remove something that you do not need, or try again tomorrow.
error-invalid-params = The server does not accept what was entered.
error-invalid-params-name = This is no name for an account. Use lower-case letters, digits, dots and hyphens.
error-invalid-params-display-name = This is no name that others can read. Leave out characters that are not shown.
error-invalid-params-until = The end is in the past.
error-text-empty = The message is empty.

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
marked-unread = Marked unread
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
read-only = The server is read-only. Nobody can write here for now.
read-only-because = The server is read-only: { $reason }
dismiss = Dismiss
not-kept = This room is not on this device yet. It opens as soon as there is a connection.

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
join = Join
not-a-member = You are not a member of { $room }.
archived = This room is archived. Nobody can write here.
moderators-post = Only moderators write here.
beginning-notes = Only you see what you write here.
beginning-direct = This is the beginning of your messages with { $name }.
beginning-room = This is the beginning of { $name }.

## Writing
cancel-reply = Do not reply to this message
insert-emoji = Insert an emoji
add-files = Add files
drop-files = Drop files to add them to your message
files-to-send = Files to send
remove-file = Remove { $name }
file-too-large = { $name } is too large. A file may have at most { $limit }.
file-empty = { $name } is empty, or a folder. Choose a file with content.
too-many-files = A message takes at most { $count } files. The first ones were kept.
characters-left = { $count ->
    [one] One character left
   *[other] { $count } characters left
}
too-long = { $count ->
    [one] One character too many
   *[other] { $count } characters too many
}
slow-mode-wait = Slow mode is on. You can send again in { $seconds } s.
you-are-muted = You are muted here and cannot write.
you-are-muted-until = You are muted here and cannot write until { $time }.
reason-is = Reason: { $reason }
suggestions-people = People
suggestions-rooms = Rooms
suggestions-emoji = Emoji
suggestions-commands = Commands
suggestion-count = { $count ->
    [one] One suggestion. Enter takes it.
   *[other] { $count } suggestions. Choose with the arrow keys, and take one with Enter.
}
mention-everyone = Notify everyone in this room
command-me = Say what you are doing
    .usage = /me text
command-shrug = Append ¯\_(ツ)_/¯
    .usage = /shrug text
command-topic = Set the room's topic
    .usage = /topic text
command-invite = Invite somebody to this room
    .usage = /invite @name
command-leave = Leave this room
    .usage = /leave
command-mute = Be notified of nothing in this room
    .usage = /mute
command-unmute = Be notified of everything in this room
    .usage = /unmute
command-join = Join a room
    .usage = /join #room
command-msg = Write to somebody directly
    .usage = /msg @name text
command-status = Set or remove your status
    .usage = /status text
no-such-command = There is no command /{ $name }. Put another sign before it to send it as text.
command-needs-words = Something is missing. Write { $usage }.
was-invited = { $name } was invited.
room-is-muted = This room is muted. You are notified of nothing here.
room-is-heard = You are notified of all messages in this room.

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
mark-unread = Mark unread from here
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
emoji = Emoji
search-emoji = Search emoji
emoji-groups = Groups of emoji
emoji-group-recent = Recent
emoji-group-found = Found
emoji-group-0 = Smileys
emoji-group-1 = People
emoji-group-3 = Animals and nature
emoji-group-4 = Food and drink
emoji-group-5 = Travel and places
emoji-group-6 = Activities
emoji-group-7 = Objects
emoji-group-8 = Symbols
emoji-group-9 = Flags
skin-tone = Skin tone
skin-tone-0 = No skin tone
skin-tone-1 = Light skin tone
skin-tone-2 = Medium-light skin tone
skin-tone-3 = Medium skin tone
skin-tone-4 = Medium-dark skin tone
skin-tone-5 = Dark skin tone
key-delete = Del
who-reacted = Who reacted
reactions = Reactions
no-reactions = Nobody reacts to this message any more.
show-more = Show more

## Threads and mentions
thread = Thread
thread-root = The message that the thread is about
replies-below = Replies
follow-thread = Follow this thread
unfollow-thread = Stop following this thread
picture = Picture: { $name }
uploading = Sending { $name }
download-file = Download { $name }
picture-of = { $at } of { $count }
picture-failed = The picture could not be loaded.
previous-picture = Previous picture
next-picture = Next picture
zoom-in = Zoom in
zoom-out = Zoom out
no-threads = You follow no thread yet. Reply to a message in a thread, and it is here.
no-mentions = Nobody has mentioned you yet. What mentions you, or everyone in a room, is here.
open-thread = Open the thread of { $name } in { $room }
open-message = Open the message of { $name } in { $room }
file-count = { $count ->
    [one] One file
   *[other] { $count } files
}

## People and lists
profile = Profile
online = online
not-online = not online
copy = Copy
done = Done
add = Add
remove = Remove
open = Open
choose = Choose…
none = None
me = you
saved = Saved.
until = Until
until-time = until { $time }
without-end = without an end
ended-at = has ended
name-or-account = Name or account
nobody-to-find = There is nobody here yet whom you share a room with. Type an account's name.
leave-out = Leave out { $name }
write = Message
make-group = Make group
to-whom = To
rooms-and-messages = Rooms and messages
search-people = Search people
room = Room
state = State
span-half-hour = 30 minutes
span-hour = One hour
span-four-hours = 4 hours
span-today = Today
span-day = One day
span-week = 7 days
span-month = 30 days
span-never = Without an end

## Directory and switcher
rooms = Rooms
search-rooms = Search rooms
no-room-found = No room is called “{ $query }”. Make it, or ask for an invitation if it is private.
no-rooms-at-all = There is no room yet. Make the first one.
room-name-taken = This name is taken. Choose another one.
member-number = { $count ->
    [one] one member
   *[other] { $count } members
}
joined = Joined
not-joined = Not joined
join-room = Join { $room }
archived-tag = Archived
go-to-hint = Room, person or place

## Members and moderation
add-people = Add people
people-added = Added: { $names }.
whom-to-add = People
search-members = Search members
banned = Banned
muted-people = Muted
nobody-banned = Nobody is banned from this room.
nobody-muted = Nobody is muted in this room.
role = Role
role-hint = Moderators keep order, owners also settle who has which role.
role-owner = Owner
role-moderator = Moderator
role-member = Member
role-none = Not a member of this room.
lookalike = The name looks like that of somebody else with an older account. Check the account's name.
lookalike-tag = Lookalike
in-this-room = In this room
on-the-server = On the server
is-banned = Banned:
is-muted = Muted:
by-person = by { $name }
ban = Ban
unban = Lift the ban
mute = Mute
unmute = Unmute
ban-person = Ban { $name }
mute-person = Mute { $name }
ban-text = Banned people leave the room, and cannot come back until the end.
mute-text = Muted people can read, but cannot write in this room until the end.
ban-done = { $name } is banned.
mute-done = { $name } is muted.
reason = Reason
reason-hint = The person and the moderators see it.
delete-messages = Delete messages
delete-none = None
delete-hour = Of the last hour
delete-day = Of the last day
delete-week = Of the last 7 days
sweep-person = Delete messages of { $name }
remove-person = Remove { $name }
remove-person-text = The person leaves the room. An invitation, or in a public room a visit, brings them back.
add-to-room = Add to this room
give-up-role = Give up your role
give-up-role-text = Only another owner can give it back to you.
give-up = Give up
block = Block
unblock = Unblock
block-person = Block { $name }
unblock-person = Unblock { $name }
you-block = You block { $name }.
block-text = Blocked people cannot write direct messages to you or invite you. In rooms that you share nothing changes.
edit-my-profile = Edit profile

## This device
new-version = A new version of this page is ready.
reload = Reload
share-to = Share with

## Search and dates
search-messages = Search messages
search-in-room = Search this room
search-hint = Search all your rooms, by words and by the beginnings of words. Put words in quotes to find them together.
search-room-hint = Search this room, by words and by the beginnings of words.
search-needs-word = Type at least one letter or digit.
found-messages = Messages found
no-message-found = No message of your rooms has all these words. Try fewer, or only their beginnings.
no-message-found-so = No message with these filters has all these words.
filters = Filters
filters-chosen = { $count ->
    [one] One filter
   *[other] { $count } filters
}
no-filters = Search without filters
all-rooms = All rooms
from-person = From
anybody = Anybody
no-account-name = This is not the name of an account.
since-day = Since
to-day = Until
with = With
anything = Anything
files = Files
links = Links
mute-room = Mute this room
unmute-room = Unmute this room
room-menu = More about this room
jump-to-date = Jump to a date
jump-to-date-hint = You see the first messages of that day.
date = Date
jump = Jump
last-week = A week ago
last-month = A month ago
beginning = The beginning
places = Places

## Pins
no-pins = Nothing is pinned here. Pin a message by its actions.
go-to-message = Go to the message

## Room settings
visibility = Visibility
visibility-public = Everybody can find and join it
visibility-private = Only invited people
who-posts = Who may write
who-invites = Who may add people
allowed-all = All members
allowed-moderators = Moderators and owners
slow-mode = Slow mode
slow-mode-hint = The time between two messages of a member.
slow-mode-off = Off
every-seconds = { $count ->
    [one] One second
   *[other] { $count } seconds
}
every-minutes = { $count ->
    [one] One minute
   *[other] { $count } minutes
}
every-hours = { $count ->
    [one] One hour
   *[other] { $count } hours
}
archive = Archived
archive-hint = Nobody writes here any more. What was written can be read.
moderators-change-this = Moderators and owners can change this.
level-all = All messages
level-mentions = Mentions
level-none = Nothing
level-hint = What your devices tell you of. A room with “Nothing” is dimmed and not counted.
leave = Leave
leave-room = Leave { $name }
leave-text = You can join again later.
leave-private-text = You need an invitation to come back.
delete-room = Delete room
delete-room-title = Delete { $name }
delete-room-text = All messages and files of this room are deleted for everybody, and its name is never used again. This cannot be undone.
type-name = Type “{ $name }”

## Invitations
invitation = Invitation
invitations = Invitations
invite-text = Anybody with the link can come, also without an account. Send it only to people whom you mean.
into-room = Into the room
no-room = None, only to the server
may-sign-up = People may make an account
may-sign-up-hint = Where sign-up needs an invitation, this link is one.
valid-for = Valid for
valid-uses = For
any-number = Any number
people-number = { $count ->
    [one] One person
   *[other] { $count } people
}
make-link = Make link
link-made = Copy the link now: it is shown only once.
invitation-link = Invitation link
no-room-to-invite-to = You are in no room yet. Join one, then invite people to it.
may-not-invite = You may not invite people to this. Ask a moderator of the room.
no-invitations = There are no links yet.
new-invitation = New link
to-server = To the server
to-this-room = To this room
revoked = Revoked
expired = Expired
used-up = Used up
uses-of = used { $uses } of { $count } times
uses-number = { $count ->
    [0] not used
    [one] used once
   *[other] used { $count } times
}
made-by = Made by { $name } on { $date }
came-by = Came: { $names }
the-operator = the operator
revoke = Revoke
revoke-title = Revoke the link
revoke-text = The link stops working at once. Who came by it stays.
accept = Accept
not-now = Not now
you-are-invited = You have been invited to { $server } or to one of its rooms.
you-are-admin = You are an admin of this server now.
invitation-invalid = This invitation is not valid any more. Ask for another one.
invitation-needless = You have an account already, and this invitation is only for an account.

## Log-in, refusals
invited = You have been invited. Make an account, or log in if you have one.
invited-log-in = You have been invited. Log in to accept.
invitation-needed = To join, you need an invitation. Open the link that somebody of the server sent you.
sign-up-closed = New accounts are made by the operator of this server.
needs-admin = This server has no admin yet. Open the link that the server printed when it started.
sign-up-refused = You cannot join without an invitation. Ask somebody of the server for one.
account-disabled = This account is disabled. Ask an admin of the server.
name-taken = This account name is taken. Choose another one.
password-common = Too many people use this password. Choose another one.
password-of-name = The password must not be made of your account's name.
password-length = A password has 8 to 128 characters.
show-password = Show the password

## Settings
settings = Settings
blocked-people = Blocked people
nobody-blocked = You block nobody.
picture-hint = The middle of the picture is shown as a circle.
add-picture = Choose a picture
change-picture = Change picture
remove-picture = Remove
no-picture = This file is not a picture that the browser can read. Choose a JPEG, PNG or WebP file.
account-is = Your account is @{ $name }. It stays the same.
status = Status
status-text = What you are doing
status-hint = For instance: in a meeting
status-emoji = Emoji of the status
clear-status = Ends after
set-status = Set status
remove-status = Remove status
this-device = This device
push = Notifications on this device
push-hint = They come when the page is closed, too.
push-unsupported = This browser cannot show notifications of this page. On an iPhone, add the page to the Home Screen first.
push-denied = You have forbidden this page to notify you. Allow it in the browser's settings for this page.
push-test = Send a test
push-sent = A test notification is on its way.
push-failed = The notification could not be sent. Please try again later.
push-gone = The browser does not take notifications any more. Switch them off and on again.
level-default = You are told of all messages in your rooms, except here:
another-room = Change another one
notifications-of = Notifications of { $name }
theme = Theme
theme-system = As the device
theme-light = Light
theme-dark = Dark
language = Language
language-of-browser = As the browser
language-pseudo = Made up, right to left (for translators)
send-with-enter = Send with Enter
send-with-enter-hint = Shift and Enter begins a new line.
send-with-ctrl-hint = Enter begins a new line. Ctrl and Enter sends.
log-ins = Log-ins
log-ins-hint = Where your account is logged in. End those that you do not know, and change your password then.
log-in-since = Since { $date }
last-used = last used { $date }
not-used = not used yet
in-use = in use
expires = ends { $date }
unnamed-device = Unnamed device
browser-on = { $browser } on { $system }
connected-from = Connected from { $address }, { $time }
disconnect = Disconnect
end-log-in = Log out { $device }
log-out-everywhere = Log out everywhere
log-ins-of = Log-ins of { $name }
no-log-ins = This person is logged in nowhere.
log-out-person-text = All devices of { $name } are logged out.
log-out-everywhere-text = All devices are logged out, this one too.
change-password = Change password
old-password = Present password
new-password = New password
change-password-hint = All other devices are logged out.
wrong-password = This is not your password.
export-data = Download my data
export-data-hint = Your profile, messages, files and what else the server has of you, as a ZIP file.
delete-account = Delete my account
delete-account-hint = For ever, with what you have written.
delete-account-title = Delete your account for ever?
delete-account-text = This deletes the account @{ $name }. Nobody can undo it, not even the operator.
delete-account-goes = Your profile, your messages, files and reactions in all rooms, your settings and log-ins are deleted.
delete-account-stays = What others have written stays, also where it names you. Nobody can take the name @{ $name } again.
delete-for-ever = Delete for ever
your-password = Your password
you-are-the-last-admin = You are the server's only admin. Make somebody else an admin first.
password-changed = Your password is changed. Other devices are logged out.

## Administration
only-admins = Only admins of the server can do this. Ask one of them.
admin-people = People
admin-rooms = Rooms
admin-invitations = Invitations
admin-audit = Audit
admin-server = Server
admin-people-hint = All accounts of the server. Choose one to see what you can do.
acts-on = Actions on { $name }
is-admin = Admin
is-disabled = Disabled
make-admin = Make admin
make-admin-title = Make { $name } an admin
make-admin-text = Admins see all accounts, disable them, and take over rooms that nobody owns.
make-member = Take the admin role
make-member-title = Take the admin role of { $name }
make-member-text = The account stays, without the acts of admins.
enable-account = Enable account
enable-account-title = Enable the account of { $name }
enable-account-text = The person can log in again, with the same rooms and roles.
disable-account = Disable account
disable-account-title = Disable the account of { $name }
disable-account-text = The person is logged out everywhere at once, and cannot log in. Messages stay.
erase-account = Erase person
erase-account-title = Erase { $name } for ever
erase-account-text = The profile, messages, files and reactions of this person are deleted in all rooms. Nobody can undo it, and nobody can take the name again.
take-over = Take over
take-over-title = Take over a private room
take-over-hint = A private room is not in the list. If nobody owns it any more, you become its owner by its name. Its members can see that in the audit.
not-abandoned = This room has an owner who can act. Only abandoned rooms can be taken over.
act = Act
all-acts = All
act-by = By
act-on = On
act-since = Since
operator-acts = The operator
in-room = in { $room }
was-before = before: { $role }
message-number = message { $seq }
messages-number = { $count ->
    [one] one message
   *[other] { $count } messages
}
audit-remove-member = { $by } removed { $user }
    .title = Removed
audit-ban = { $by } banned { $user }
    .title = Banned
audit-unban = { $by } lifted the ban of { $user }
    .title = Ban lifted
audit-mute = { $by } muted { $user }
    .title = Muted
audit-unmute = { $by } unmuted { $user }
    .title = Unmuted
audit-set-role = { $by } made { $user } { $role }
    .title = Role in a room
audit-delete-message = { $by } deleted a message of { $user }
    .title = Message deleted
audit-delete-messages-of = { $by } deleted messages of { $user }
    .title = Messages deleted
audit-set-room = { $by } changed the room's settings
    .title = Room settings
audit-delete-room = { $by } deleted the room
    .title = Room deleted
audit-enter-room = { $by } took over the room
    .title = Room taken over
audit-become-admin = { $user } became the first admin
    .title = First admin
audit-set-server = { $by } changed the server's settings
    .title = Settings of the server
audit-announce = { $by } announced something, or took it back
    .title = Announcement
audit-set-server-role = { $by } gave { $user } the role { $role }
    .title = Role on the server
audit-disable-account = { $by } disabled { $user }
    .title = Account disabled
audit-enable-account = { $by } enabled { $user }
    .title = Account enabled
audit-erase-account = { $by } erased { $user }
    .title = Person erased
audit-rename-account = { $by } renamed { $user }
    .title = Account renamed
audit-reset-password = { $by } set the password of { $user }
    .title = Password set
audit-end-log-in = { $by } ended a log-in of { $user }
audit-end-log-ins = { $by } logged { $user } out everywhere
    .title = Logged out everywhere
audit-set-retention = { $by } set how long messages are kept
    .title = Keeping of messages
audit-prune = Old messages were deleted by the server
    .title = Old messages deleted
audit-revoke-invitation = { $by } revoked an invitation
    .title = Invitation revoked
role-admin = Admin
server-name = Name of the server
server-name-hint = People see it at the log-in, in the sidebar and in the browser's tab.
accent = Colour
accent-hint = Of buttons, links and what is chosen. Its lightness is kept readable.
default-accent = Default colour
retention = Keeping of messages
retention-hint = Older messages are deleted for ever, soon after you save this. An empty field: as the server.
keep-days = Days to keep
keep-messages = Messages to keep
unlimited = Unlimited
announcement = Announcement
announcement-hint = Everybody on the server sees it above each page, until it ends or they dismiss it.
announce = Announce
announced = Announced.
take-back = Take back
read-only-reason = Why the server is read-only
read-only-hint = People see the reason. They can read, but not write, sign up or change anything, until you end it.
make-read-only = Make read-only
end-read-only = Let people write again
version = Version
sign-up-policy = New accounts
sign-up-open = Everybody can make one
sign-up-invite = By invitation
sign-up-closed-policy = Only by the operator
state-ok = Everything works.
state-trouble = Something is wrong:
check-again = Check again
server-settings-hint = The operator changes who may sign up where the server runs.

## First steps
welcome = Welcome to { $server }
first-steps = First steps
first-steps-hint = You are the admin of this server. These steps get others started.
step-name = Name the server
step-name-hint = And choose its colour. People see both everywhere.
step-name-action = Choose
step-profile = Show who you are
step-profile-hint = A name and a picture, so that others know you.
step-profile-action = Edit profile
step-room = Make a room
step-room-hint = Rooms are for subjects or groups, public or private.
step-room-action = New room
step-invite = Invite people
step-invite-hint = Make a link, and send it to those who should come.
step-invite-action = Make link
put-away = Do not show this again
