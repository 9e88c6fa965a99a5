/** The way to the schemas: built as a file of its own, so that activation loads none. */
export * from './toolInputs.ts';
