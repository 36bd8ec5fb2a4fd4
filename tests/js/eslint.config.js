// The checks of the JavaScript in this repository, beside those of `tsc`.
import js from '@eslint/js';
import globals from 'globals';

const rules = {
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  'prefer-const': ['error', { destructuring: 'all' }],
  'no-var': 'error',
  eqeqeq: 'error',
  'object-shorthand': 'error',
  'no-implicit-globals': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'max-lines': ['error', 300],
};

export default [
  { ...js.configs.recommended, rules: { ...js.configs.recommended.rules, ...rules } },
  {
    files: ['chatroom/web/chatroom/*.js'],
    languageOptions: { globals: { ...globals['shared-node-browser'], ...globals.browser } },
  },
  { files: ['chatroom/web/app/**/*.js'], languageOptions: { globals: globals.browser } },
  { files: ['chatroom/web/sw.js'], languageOptions: { globals: globals.serviceworker } },
  { files: ['tests/**/*.js'], languageOptions: { globals: { ...globals.nodeBuiltin, indexedDB: false } } },
];
