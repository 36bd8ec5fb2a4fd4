export const openSwitcher = () => {};
