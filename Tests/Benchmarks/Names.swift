// SPDX-License-Identifier: Apache-2.0
// What names, streets and towns are made of.

enum Names {
  static let women: [StaticString] = [
    "Anna", "Maria", "Emma", "Sophie", "Charlotte", "Magdalena", "Katharina", "Elisabeth",
    "Helga", "Ingrid", "Ursula", "Brigitte", "Gisela", "Renate", "Monika", "Petra",
    "Sabine", "Susanne", "Claudia", "Andrea", "Nicole", "Stefanie", "Julia", "Laura",
    "Fatima", "Ayşe", "Zeynep", "Olga", "Agnieszka", "Linh", "Chiara", "Zoë",
  ]
  static let men: [StaticString] = [
    "Paul", "Jonas", "Felix", "Leon", "Maximilian", "Alexander", "Friedrich", "Johannes",
    "Hans", "Klaus", "Jürgen", "Dieter", "Wolfgang", "Manfred", "Heinz", "Günther",
    "Thomas", "Michael", "Andreas", "Stefan", "Christian", "Markus", "Daniel", "Tobias",
    "Mehmet", "Mustafa", "Ahmed", "Ivan", "Piotr", "Minh", "Luca", "Søren",
  ]
  static let families: [StaticString] = [
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker",
    "Schulz", "Hoffmann", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder",
    "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange",
    "Schmitt", "Werner", "Krause", "Lehmann", "Köhler", "Herrmann", "König", "Walter",
    "Mayer", "Huber", "Kaiser", "Fuchs", "Peters", "Lang", "Scholz", "Möller",
    "Yılmaz", "Kowalski", "Nguyen", "Rossi", "Novak", "Ivanova", "Andersson", "Silva",
  ]
  static let streets: [StaticString] = [
    "Hauptstraße", "Bahnhofstraße", "Gartenstraße", "Schulstraße", "Dorfstraße", "Bergstraße",
    "Lindenstraße", "Birkenweg", "Kirchstraße", "Waldstraße", "Ringstraße", "Amselweg",
    "Goethestraße", "Schillerstraße", "Mozartstraße", "Beethovenstraße", "Rosenweg",
    "Wiesenweg", "Mühlenweg", "Feldstraße", "Jahnstraße", "Buchenweg", "Eichenweg",
    "Am Sportplatz", "Friedhofstraße", "Parkstraße", "Industriestraße", "Marktplatz",
    "Karl-Liebknecht-Straße", "August-Bebel-Straße", "Blumenstraße", "Tannenweg",
  ]
  static let cities: [StaticString] = [
    "Berlin", "Hamburg", "München", "Köln", "Frankfurt am Main", "Stuttgart", "Düsseldorf",
    "Leipzig", "Dortmund", "Essen", "Bremen", "Dresden", "Hannover", "Nürnberg", "Duisburg",
    "Bochum", "Wuppertal", "Bielefeld", "Bonn", "Münster", "Mannheim", "Karlsruhe", "Augsburg",
    "Wiesbaden", "Mönchengladbach", "Gelsenkirchen", "Aachen", "Braunschweig", "Chemnitz",
    "Kiel", "Halle (Saale)", "Magdeburg", "Freiburg im Breisgau", "Krefeld", "Mainz",
    "Lübeck", "Erfurt", "Oberhausen", "Rostock", "Kassel",
  ]
}
