/** What the person of this page may do in a room. */

/** Whether somebody may add people to a room. @param {any} info */
export const mayInvite = (info) => !!info && (info.role !== 'member' || info.inviting === 'all');
