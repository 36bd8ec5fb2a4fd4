/** Icons of 24 by 24 units, drawn as strokes. */
import { html } from '../lib.js';

/** @type {Record<string, string>} */
const PATHS = {
  archive: 'M4 5h16v4H4zM6 9v10h12V9M10 13h4',
  at: 'M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0v1.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1',
  attach: 'M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.7 17.2a1.7 1.7 0 0 1-2.4-2.4L15 7',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  blank: '',
  bell: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15zM10 21h4',
  'bell-off': 'M4 4l16 16M7 8.5A6 6 0 0 1 18 11v4M6 13v3l-1.5 2H17M10 21h4',
  calendar: 'M5 6h14v14H5zM5 10h14M9 3v4M15 3v4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  code: 'M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  device: 'M3 5h18v11H3zM8 20h8M12 16v4',
  down: 'M6 9.5l6 6 6-6',
  download: 'M12 4v11M7.5 11L12 15.5 16.5 11M5 20h14',
  edit: 'M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3',
  exit: 'M10 4H5v16h5M15 8l4 4-4 4M9 12h10',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  flag: 'M6 21V4h11l-2 4 2 4H6',
  forward: 'M9.5 5.5L16 12l-6.5 6.5',
  globe: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9S9 6 12 3',
  group: 'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 5.5a3 3 0 0 1 0 6M18 14.5c2.2.7 3.5 2.5 3.5 5.5',
  hash: 'M9.5 4L7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16',
  home: 'M4 11l8-7 8 7v9h-6v-6h-4v6H4z',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 5M15.5 8.5h.01',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5M12 8h.01',
  invite: 'M10 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M3.5 20c0-4 3-6 6.5-6 1.5 0 2.8.3 4 1M18 14v6M15 17h6',
  key: 'M8 10.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M11 12l8-8M15 8l3 3',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  menu: 'M4 7h16M4 12h16M4 17h16',
  moon: 'M19.5 14A8 8 0 1 1 10 4.5a6.5 6.5 0 0 0 9.5 9.5z',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  pin: 'M9 4h6l-.5 6 3 3.5h-11l3-3.5zM12 13.5V21',
  plus: 'M12 5v14M5 12h14',
  present: 'M12 4v12M6.5 11L12 16.5 17.5 11M5 20h14',
  quote: 'M5 7h6v6c0 3-2 4-4 4M14 7h6v6c0 3-2 4-4 4',
  reply: 'M9 6L4 11l5 5M4 11h9c4 0 7 2 7 7',
  retry: 'M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.5 15.5L20 20',
  send: 'M4 12l16-8-5 16-3-7zM12 13l8-9',
  settings: 'M4 7h10M18 7h2M16 5v4M4 17h2M10 17h10M8 15v4M4 12h6M14 12h6M12 10v4',
  shield: 'M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z',
  smile: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M8 14c1 1.7 2.4 2.5 4 2.5s3-.8 4-2.5M9 9.5h.01M15 9.5h.01',
  star: 'M12 4l2.4 5.2 5.6.7-4.2 3.8 1.2 5.6-5-2.9-5 2.9 1.2-5.6L4 9.9l5.6-.7z',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  thread: 'M4 5h13v9H9l-4 3.5V14H4zM20 9v9h-1v3l-3.5-3H11',
  ticket: 'M4 7h16v3.5a1.5 1.5 0 0 0 0 3V17H4v-3.5a1.5 1.5 0 0 0 0-3zM14 7v10',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  up: 'M6 14.5l6-6 6 6',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4.5 20.5c0-4.5 3.5-6.5 7.5-6.5s7.5 2 7.5 6.5',
  'zoom-in': 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.5 15.5L20 20M10.5 7.5v6M7.5 10.5h6',
  'zoom-out': 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.5 15.5L20 20M7.5 10.5h6',
  warning: 'M12 4l9 16H3zM12 10v5M12 17.5h.01',
};

/** @param {{name: string, label?: string}} props `label`: for an icon that says something by itself */
export const Icon = ({ name, label }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden=${label ? undefined : 'true'} role=${label ? 'img' : undefined} aria-label=${label}>
    <path d=${PATHS[name]} />
  </svg>
`;
