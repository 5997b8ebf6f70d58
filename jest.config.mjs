/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tools'],
  testMatch: ['**/*.{unit,prop,int,sim,e2e}.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  testEnvironment: '<rootDir>/tools/dev/jest-environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['@portcullis/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/tools/dev/jest-second-look.mjs'],
  cacheDirectory: '<rootDir>/.cache/jest',
  maxWorkers: 2,
  // Generous, because int and e2e tests start real processes; a unit test that needs it is a defect.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/tools/dev/closing-line.mjs'],
};
