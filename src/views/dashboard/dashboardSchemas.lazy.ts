/** The host's way to the schemas: built as a file of its own, so that activation loads none. */
export * from './dashboardSchemas.ts';
