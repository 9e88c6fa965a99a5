/** The host's way to the schema: built as a file of its own, so that activation loads none. */
export { readHardware } from './hardwareFile.ts';
