/** The host's way to the schemas: built as a file of its own, so that activation loads none. */
export { readDocument } from './documentSchema.ts';
export { readMachine } from './machineSchema.ts';
