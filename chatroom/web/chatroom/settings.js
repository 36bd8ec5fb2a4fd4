/**
 * @import { Client } from './client.js'
 * @import { AccountSettings } from './types.js'
 */
import { CallError } from './errors.js';
import { View } from './view.js';

/**
 * @typedef {object} SettingsState
 * @property {'loading' | 'ready'} status
 * @property {Readonly<Record<string, any>>} settings
 * @property {number} number
 */

/**
 * The settings of the account, which all of its devices share.
 * @extends {View<SettingsState>}
 */
export class Settings extends View {
  /** @param {Client} client */
  constructor(client) {
    super(client.batch, { status: 'loading', settings: {}, number: 0 });
    this.client = client;
  }

  /** @protected */
  started() {
    if (this.state.status === 'loading') this.load().catch(() => {});
  }

  /** Reads them again, since events may have been missed. */
  connected() {
    if (this.active || this.state.status === 'ready') this.load().catch(() => {});
  }

  async load() {
    this.put(await this.client.calls.getSettings({}));
  }

  /** @param {AccountSettings} settings */
  put({ settings, number }) {
    if (number >= this.state.number) this.set({ status: 'ready', settings, number });
  }

  /**
   * Writes other settings; again if another device was first.
   * @param {(settings: Readonly<Record<string, any>>) => Record<string, any>} change
   */
  async update(change) {
    if (this.state.status === 'loading') await this.load();
    for (;;) {
      const { settings, number } = this.state;
      try {
        this.put(await this.client.calls.setSettings({ settings: change(settings), number }));
        return;
      } catch (error) {
        if (!(error instanceof CallError) || error.reason !== 'conflict') throw error;
        await this.load();
        if (this.state.number === number) throw error;
      }
    }
  }
}
