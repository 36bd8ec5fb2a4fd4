import { connect } from 'chatroom';
import { chatroomHooks } from 'chatroom/react.js';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

const { ChatroomProvider, useConnection, useInbox, useRoom, useThread, usePerson } = chatroomHooks(React);

function Name({ name }) {
  return <b>{usePerson(name)?.displayName ?? name}</b>;
}

function Rooms({ open, onOpen }) {
  const { rooms, unread } = useInbox();
  return (
    <nav>
      <p>{unread ? `${unread} unread` : 'All read'}</p>
      <ul>
        {rooms.map((room) => (
          <li key={room.room}>
            <button
              className={room.unread ? 'unread' : ''}
              aria-current={room.room === open || undefined}
              onClick={() => onOpen(room.room)}
            >
              {room.title} {room.unread || ''}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

// A row is drawn anew only if its message is another object.
const Message = React.memo(({ message, onThread }) => (
  <li className={message.status ? 'pending' : ''}>
    <Name name={message.sender} /> {message.text}{' '}
    {onThread && !message.status && (
      <button onClick={() => onThread(message.seq)}>{message.replies ? `${message.replies.count} replies` : 'Reply'}</button>
    )}
    {message.error && <small> not sent: {message.error.reason}</small>}
  </li>
));

/** The messages of a room or of a thread, the last one at the bottom, and a field to write. */
function Log({ state, view, onThread }) {
  const [text, setText] = React.useState('');
  const shown = [...state.messages, ...state.pending];
  const last = state.messages.at(-1)?.seq;
  React.useEffect(() => void view.markRead(), [view, last]);
  const send = (event) => {
    event.preventDefault();
    if (text.trim()) view.send(text);
    setText('');
  };
  return (
    <>
      <ul className="log" role="log">
        {shown.toReversed().map((message) => (
          <Message key={message.key} message={message} onThread={onThread} />
        ))}
        {state.hasOlder && <li><button onClick={() => view.older()}>Earlier messages</button></li>}
      </ul>
      <form onSubmit={send}>
        <input aria-label="Write a message" value={text} onChange={(event) => setText(event.target.value)} />
        <button>Send</button>
      </form>
    </>
  );
}

const Typists = ({ names }) => <small>{names.length ? `${names.join(', ')} …` : ''}</small>;

function Thread({ room, root }) {
  const [state, thread] = useThread(room, root);
  return (
    <aside aria-label="Thread">
      {state.root && <p><Name name={state.root.sender} /> {state.root.text}</p>}
      <Log state={state} view={thread} />
      <Typists names={state.typing} />
    </aside>
  );
}

function Room({ name }) {
  const [state, room] = useRoom(name);
  const [root, setRoot] = React.useState(null);
  return (
    <>
      <main>
        <h1>{state.info?.title ?? name}</h1>
        <Log state={state} view={room} onThread={setRoot} />
        <Typists names={state.typing} />
      </main>
      {root && <Thread room={name} root={root} />}
    </>
  );
}

function App() {
  const { status } = useConnection();
  const { rooms } = useInbox();
  const [open, setOpen] = React.useState(null);
  if (!open && rooms.length) setOpen(rooms[0].room); // which stays open when others come first
  return (
    <div className="app">
      <Rooms open={open} onOpen={setOpen} />
      {open ? <Room key={open} name={open} /> : <main>You are in no room yet ({status}).</main>}
    </div>
  );
}

const [token, url = 'http://127.0.0.1:8000'] = location.hash.slice(1).split(',');
const client = connect({ url, token: async () => token }); // a product asks its own server here

createRoot(document.body).render(
  <React.StrictMode>
    <ChatroomProvider value={client}>
      <App />
    </ChatroomProvider>
  </React.StrictMode>,
);
