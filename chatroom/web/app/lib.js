/** The view library, and how views read the client's snapshots. */
import { Component, h, options } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import htm from 'htm';

export { Component, Fragment, createRef, h, render } from 'preact';
export { useCallback, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
export { Signal, batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from '@preact/signals';

/** The tag of templates: html`<p>${text}</p>`. */
export const html = htm.bind(h);

// An element that was replaced keeps its parent in Preact. One that many generations of the tree share, since its component is not
// drawn anew each time, then links each of them to the next one that it changed in, and no message would ever be forgotten. These links
// have no public name. Keys do not break them, nor does htm's `this[0] = 3`, by which it makes static elements anew each time.
const { diffed } = options;
/** The elements that each component has drawn last. @type {WeakMap<object, readonly any[]>} */
const drawn = new WeakMap();
options.diffed = (/** @type {any} */ element) => {
  const { __c: component, __k: children } = element;
  const before = component && drawn.get(component);
  if (component && before !== children) {
    for (const replaced of before ?? []) if (replaced) replaced.__ = null;
    drawn.set(component, children);
  }
  diffed?.(element);
};

/**
 * Joins class names; false, null and undefined are left out.
 * @param {...(string | false | null | undefined)} names
 */
export const cx = (...names) => names.filter(Boolean).join(' ');

/**
 * @template S
 * @typedef {{readonly state: S, subscribe(listener: () => void): () => void}} View
 */

/**
 * Returns the state of a view of the client, or what `select` takes of it, and draws the component anew when that changes.
 * @template S
 * @template [T=S]
 * @param {View<S>} view
 * @param {(state: S) => T} [select]
 * @returns {T}
 */
export function useView(view, select = (state) => /** @type {any} */ (state)) {
  const [, drawAgain] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const taken = select(view.state);
  const latest = useRef({ select, taken });
  latest.current = { select, taken };
  useLayoutEffect(() => {
    const check = () => {
      const { current } = latest;
      if (current.select(view.state) !== current.taken) drawAgain(undefined);
    };
    const stop = view.subscribe(check);
    check(); // the state may have changed between drawing and subscribing
    return stop;
  }, [view]);
  return taken;
}

/**
 * Returns a value as it was when it last stayed the same for some time, for instance what is typed into a search.
 * @template T
 * @param {T} value
 * @param {number} [pauseMs]
 * @returns {T}
 */
export function useSettled(value, pauseMs = 150) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/**
 * Calls a function on an event of the window or document while the component is shown.
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} listener
 * @param {AddEventListenerOptions} [options]
 */
export function useListener(target, type, listener, options) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const call = (/** @type {Event} */ event) => latest.current(event);
    target.addEventListener(type, call, options);
    return () => target.removeEventListener(type, call, options);
  }, [target, type]);
}

/** Timers of browsers hold no longer times. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/**
 * Draws the component anew at a time.
 * @param {number | undefined} time in ms since the epoch
 * @param {() => number} now returns the time by the same clock
 */
export function useAlarm(time, now) {
  const [, ring] = useState(0);
  useEffect(() => {
    if (time === undefined) return undefined;
    const timer = setTimeout(() => ring(time), Math.min(Math.max(time - now(), 0), MAX_WAIT_MS));
    return () => clearTimeout(timer);
  }, [time]);
}

/**
 * Resolves when a view's state is as wanted.
 * @template S
 * @param {View<S>} view
 * @param {(state: S) => boolean} isWanted
 * @returns {Promise<void>}
 */
export const until = (view, isWanted) =>
  new Promise((done) => {
    const check = () => isWanted(view.state) && done(stop());
    const stop = view.subscribe(check);
    check();
  });

/** Resolves when the page has nothing better to do. @returns {Promise<unknown>} */
export const whenIdle = () =>
  new Promise((done) => globalThis.requestIdleCallback?.(done, { timeout: 10_000 }) ?? setTimeout(done, 500)); // for Safari

/**
 * Returns a component that is drawn anew only when its props have changed, or by itself.
 * @template {object} P
 * @param {(props: P) => any} View
 */
export const still = (View) =>
  /** @extends {Component<P, {}>} */
  class extends Component {
    /** @param {P} next */
    shouldComponentUpdate(next) {
      return !sameProps(/** @type {any} */ (this.props), /** @type {any} */ (next));
    }

    render(/** @type {P} */ props) {
      return html`<${View} ...${props} />`;
    }
  };

/**
 * Returns whether two objects have the same properties with the same values.
 * @param {Record<string, unknown>} one
 * @param {Record<string, unknown>} other
 */
export function sameProps(one, other) {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
