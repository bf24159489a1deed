// What GraphiQL shows to someone who opens it for the first time: reads that work on any data folder.
export const firstQuery = `# Millrace: datasets, jobs, models and what they cost. Press the triangle, or Ctrl-Enter.
query Overview {
  projects(first: 5) {
    nodes {
      id
      name
      createdAt
    }
  }
}
`;
