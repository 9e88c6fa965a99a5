// Loaded when it is first needed: see DetailsWebview for why schemas are not part of the start.
export { readHardware } from './hardwareFile.ts';
