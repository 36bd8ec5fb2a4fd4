export * from '@floating-ui/dom';
