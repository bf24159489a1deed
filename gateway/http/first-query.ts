// What GraphiQL shows to someone who opens it for the first time: reads that work on any data folder.
export const firstQuery = `# Millrace: datasets, jobs, models and what they cost. Press the triangle, or Ctrl-Enter.
query Overview {
  projects(first: 5) {
    nodes {
      name
      datasets(first: 5) {
        nodes { name versions(first: 1) { nodes { id number rowCount columns { name type missingCount } } } }
      }
      models(first: 5) {
        nodes { name versions(first: 1) { nodes { id number bundlePath metrics { name part value base } } } }
      }
      jobs(first: 5) {
        nodes { kind state error { code message } bill { machineSeconds amount currency } }
      }
    }
  }
  costReport {
    lines { activity project { name } jobKind seconds amount currency }
    totals { amount currency }
    differenceMicroseconds
  }
}
`;
