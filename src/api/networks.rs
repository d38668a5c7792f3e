//! `/v1/networks`.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery, BodyKind, Faults, idempotency_key, media_type, read_body, read_query};
use super::imports::{self, ImportView};
use super::limits::Caller;
use super::problem::Problem;
use super::roads::{LineCoverageUpload, OverpassAnswer, RoadCollection};
use crate::app::NetworkRecord;
use crate::app::{
    App, Components, ImportSummary, MapData, MapFormat, MapOptions, Merging, NetworkSource, NewNetwork, Profile,
    is_overpass_json,
};
use crate::domain::access::Principal;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{NetworkId, SegmentId};
use crate::domain::timestamp::Timestamp;
use crate::export::geojson;

/// OpenStreetMap's PBF, which has no registered type; this one follows the registered one of its XML.
const OSM_PBF: &str = "application/vnd.openstreetmap.data+pbf";
/// OpenStreetMap's XML.
const OSM_XML: &str = "application/vnd.openstreetmap.data+xml";
/// The Overpass API's JSON.
const OSM_JSON: &str = "application/vnd.openstreetmap.data+json";
/// GraphML.
const GRAPHML: &str = "application/graphml+xml";
/// The most characters of a name.
pub(super) const MAX_NAME: usize = 200;

/// A road network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetworkView {
    /// The network.
    id: NetworkId,
    /// Its name, unique within the tenant.
    #[schema(example = "tokyo")]
    name: String,
    /// The format it came in.
    #[schema(example = "line-coverage")]
    source: String,
    /// Points of the source data that some segment passes.
    node_count: u32,
    /// Nodes where segments meet or end.
    junction_count: u32,
    /// Segments have the ids 0 to `segment_count` - 1.
    segment_count: u32,
    /// The sum of all segment lengths, in metres.
    length_m: f64,
    /// West, south, east, north, in degrees.
    bbox: [f64; 4],
    /// What the import read, merged and left out; null for a sample town.
    #[schema(value_type = Option<ImportSummary>)]
    import_summary: Box<RawValue>,
    /// When it was stored.
    created_at: Timestamp,
}

/// All networks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetworkList {
    /// By name.
    networks: Vec<NetworkView>,
}

impl NetworkView {
    fn of(record: NetworkRecord) -> Result<Self, Problem> {
        let (sw, ne) = (record.south_west, record.north_east);
        Ok(Self {
            id: record.id,
            name: record.name,
            source: record.source,
            node_count: record.node_count,
            junction_count: record.junction_count,
            segment_count: record.segment_count,
            length_m: record.length_m,
            bbox: [sw.lon, sw.lat, ne.lon, ne.lat],
            import_summary: RawValue::from_string(record.summary).map_err(|e| Problem::internal(e.to_string()))?,
            created_at: record.created_at,
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// A name for the network, unique within the tenant.
    #[param(
        min_length = 1,
        max_length = 200,
        example = "tokyo",
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u001f\u007f-\u009f\s][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// For GeoJSON and maps: which connected parts to keep.
    #[serde(default)]
    #[param(inline)]
    components: ComponentsQuery,
    /// For maps: whose roads they are.
    #[serde(default)]
    #[param(inline)]
    profile: ProfileQuery,
    /// For maps: where segments end.
    #[serde(default)]
    #[param(inline)]
    merge: MergeQuery,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ProfileQuery {
    /// Streets and tracks that are open to cars.
    #[default]
    Car,
    /// Streets that carry a truck of 4 m and 20 t.
    Truck,
    /// Streets, tracks and paths for a small off-road vehicle.
    Ugv,
}

impl ProfileQuery {
    fn name(self) -> &'static str {
        match self {
            ProfileQuery::Car => "car",
            ProfileQuery::Truck => "truck",
            ProfileQuery::Ugv => "ugv",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MergeQuery {
    /// At junctions only.
    #[default]
    Junctions,
    /// Also where name, speed, blockage probability, class, surface, bridge, tunnel or ford change.
    Alike,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ComponentsQuery {
    /// The largest one.
    #[default]
    Largest,
    /// All of them.
    All,
}

/// Import a network
///
/// Reads a road network, merges chains of nodes into segments, validates it and stores it whole, or not at all. The content
/// type says what the body is: `application/geo+json` (or `application/json`) for a GeoJSON feature collection of
/// LineStrings with the properties `oneway`, `maxspeed`, `name`, `id` and `blockage_probability`; `multipart/form-data` with
/// the parts `node_data` and `req_edge_list` for the LineCoverage pair of files. Maps, of which a profile says what is a road:
/// `application/vnd.openstreetmap.data+pbf` (or `+xml`) for OpenStreetMap, `application/vnd.openstreetmap.data+json` (or
/// `application/json`) for an answer of the Overpass API, `application/graphml+xml` for a graph saved by OSMnx. At most 64 MB.
///
/// With `Prefer: respond-async` (RFC 7240) the answer is 202 as soon as the upload is there, and the import goes on by itself: its
/// URL says how far it is, and what came of it.
#[utoipa::path(
    post, path = "/v1/networks", operation_id = "create_network", tag = "networks", security(("permission" = ["operate"])),
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat of this request answer as the first did", min_length = 1, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$"),
           ("Prefer" = Option<String>, Header, description = "`respond-async`: do not wait for the import")),
    request_body(content(
        (RoadCollection = "application/geo+json", example = json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"name": "Harbour Street", "oneway": false, "maxspeed": "50"},
             "geometry": {"type": "LineString", "coordinates": [[139.80, 35.66], [139.81, 35.66]]}},
            {"type": "Feature", "properties": {"name": "Bridge"},
             "geometry": {"type": "LineString", "coordinates": [[139.81, 35.66], [139.81, 35.67]]}}
        ]})),
        (RoadCollection = "application/json"),
        (LineCoverageUpload = "multipart/form-data"),
        (Vec<u8> = "application/vnd.openstreetmap.data+pbf"),
        (String = "application/vnd.openstreetmap.data+xml"),
        (OverpassAnswer = "application/vnd.openstreetmap.data+json"),
        (String = "application/graphml+xml"),
    ), description = "The network"),
    responses(
        (status = 201, description = "Stored", body = NetworkView, headers(("Location" = String, description = "The network's URL"))),
        (status = 202, description = "Being imported", body = ImportView, headers(("Location" = String, description = "The import's URL"), ("Preference-Applied" = String, description = "`respond-async`"))),
    )
)]
pub(super) async fn create_network(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    ApiQuery(query): ApiQuery<ImportQuery>,
    mut request: Request,
) -> Result<Response, Problem> {
    // Bodies are read within limits of our own.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut faults = Faults::default();
    let name = query.name.trim().to_owned();
    faults.require((1..=MAX_NAME).contains(&name.chars().count()), "name", "expected 1 to 200 characters");
    faults.require(!name.chars().any(char::is_control), "name", "control characters are not allowed");
    faults.into_result("invalid_network")?;
    let headers = request.headers().clone();
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_else(Caller::unknown);
    let place = caller.begin_import()?;
    let components = match query.components {
        ComponentsQuery::Largest => Components::Largest,
        ComponentsQuery::All => Components::All,
    };
    let merging = match query.merge {
        MergeQuery::Junctions => Merging::Junctions,
        MergeQuery::Alike => Merging::Alike,
    };
    let profile = query.profile.name();
    let source = read_source(&headers, request, components, profile, merging).await?;
    let mut settings = match query.components {
        ComponentsQuery::Largest => "largest".to_owned(),
        ComponentsQuery::All => "all".to_owned(),
    };
    if let NetworkSource::Map { .. } = source {
        settings.push_str(&format!(" {profile} {merging:?}"));
    }
    let (first, second): (&[u8], &[u8]) = match &source {
        NetworkSource::LineCoverage { node_data, req_edge_list } => (node_data, req_edge_list),
        NetworkSource::GeoJson { document, .. } => (document, &[]),
        NetworkSource::Map { data: MapData::Bytes(bytes), .. } => (bytes, &[]),
        NetworkSource::Map { data: MapData::File(_), .. } | NetworkSource::SampleTown { .. } => (&[], &[]),
    };
    let says: [&[u8]; 5] = [name.as_bytes(), settings.as_bytes(), source.name().as_bytes(), first, second];
    let key = idempotency_key(&principal, &headers, "network", &says)?;
    let new = NewNetwork { tenant: principal.tenant, name, source };
    if imports::is_to_go_on_alone(&headers) {
        return imports::begin(&app, new, key, caller.limits().background_import_timeout, place).await;
    }
    let (record, repeated) = app.import_network_within(caller.limits().import_timeout, new, key).await?;
    let location = format!("/v1/networks/{}", record.id);
    created(&location, repeated, None, &NetworkView::of(record)?)
}

/// 201 with the resource's URL; a repeat says so.
pub(super) fn created<T: Serialize>(
    location: &str,
    repeated: bool,
    etag: Option<HeaderValue>,
    body: &T,
) -> Result<Response, Problem> {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let headers = response.headers_mut();
    let location = HeaderValue::from_str(location).map_err(|e| Problem::internal(e.to_string()))?;
    headers.insert(header::LOCATION, location);
    if let Some(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    if repeated {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn read_source(
    headers: &HeaderMap,
    request: Request,
    components: Components,
    profile: &str,
    merging: Merging,
) -> Result<NetworkSource, Problem> {
    let map = |format: MapFormat, document: Bytes| {
        let profile =
            Profile::built_in(profile).ok_or_else(|| Problem::internal(format!("there is no profile {profile}")))?;
        let options = Box::new(MapOptions { profile, components, merging });
        Ok(NetworkSource::Map { format, data: MapData::Bytes(document), options })
    };
    match media_type(headers).as_str() {
        "application/geo+json" => {
            let document = read_body(request, BodyKind::Network).await?;
            Ok(NetworkSource::GeoJson { document, components })
        }
        "application/json" => {
            let document = read_body(request, BodyKind::Network).await?;
            if is_overpass_json(&document) {
                return map(MapFormat::OverpassJson, document);
            }
            Ok(NetworkSource::GeoJson { document, components })
        }
        OSM_PBF => map(MapFormat::OsmPbf, read_body(request, BodyKind::Network).await?),
        OSM_XML => map(MapFormat::OsmXml, read_body(request, BodyKind::Network).await?),
        OSM_JSON => map(MapFormat::OverpassJson, read_body(request, BodyKind::Network).await?),
        GRAPHML => map(MapFormat::Graphml, read_body(request, BodyKind::Network).await?),
        "multipart/form-data" => {
            let body = read_body(request, BodyKind::Network).await?;
            read_line_coverage(headers.get(header::CONTENT_TYPE), body).await
        }
        other => {
            let message = format!(
                "expected application/geo+json, {OSM_PBF}, {OSM_XML}, {OSM_JSON}, {GRAPHML}, or multipart/form-data with \
                 the parts node_data and req_edge_list; got {other:?}"
            );
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message.clone())
                .at("Content-Type", message))
        }
    }
}

/// Reads the two files of a LineCoverage network from a body of `multipart/form-data`; `content_type` has its boundary. Waits for
/// nothing, as the body is there.
///
/// # Errors
/// When it is no such body, or does not have these two parts once each.
pub async fn read_line_coverage(content_type: Option<&HeaderValue>, body: Bytes) -> Result<NetworkSource, Problem> {
    let mut request = Request::new(axum::body::Body::from(body));
    request.headers_mut().extend(content_type.map(|value| (header::CONTENT_TYPE, value.clone())));
    // It was read within limits of our own.
    DefaultBodyLimit::disable().apply(&mut request);
    let malformed = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "malformed_multipart", detail);
    let mut upload = Multipart::from_request(request, &())
        .await
        .map_err(|e| malformed(e.to_string()).at("Content-Type", "expected multipart/form-data with a boundary"))?;
    let (mut node_data, mut req_edge_list) = (None::<Bytes>, None::<Bytes>);
    while let Some(part) = upload.next_field().await.map_err(|e| malformed(e.to_string()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let slot = match name.as_str() {
            "node_data" => &mut node_data,
            "req_edge_list" => &mut req_edge_list,
            _ => {
                return Err(malformed(format!("unknown part {name:?}; expected node_data and req_edge_list"))
                    .at(name, "expected the parts node_data and req_edge_list"));
            }
        };
        if slot.is_some() {
            return Err(malformed(format!("part {name} comes twice")).at(name, "expected once"));
        }
        *slot = Some(part.bytes().await.map_err(|e| malformed(e.to_string()))?);
    }
    let missing = |name: &str| malformed(format!("part {name} is missing")).at(name, "is missing");
    Ok(NetworkSource::LineCoverage {
        node_data: node_data.ok_or_else(|| missing("node_data"))?,
        req_edge_list: req_edge_list.ok_or_else(|| missing("req_edge_list"))?,
    })
}

/// List networks
///
/// The tenant's networks, by name.
#[utoipa::path(get, path = "/v1/networks", operation_id = "list_networks", tag = "networks", security(("permission" = ["read_tenant"])),
    responses((status = 200, description = "All networks", body = NetworkList)))]
pub(super) async fn list_networks(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<NetworkList>, Problem> {
    let networks =
        app.list_networks(&principal.tenant).await?.into_iter().map(NetworkView::of).collect::<Result<_, _>>()?;
    Ok(Json(NetworkList { networks }))
}

/// Get a network
#[utoipa::path(get, path = "/v1/networks/{network_id}", operation_id = "get_network", tag = "networks", security(("permission" = ["read_mission"])),
    params(("network_id" = NetworkId, Path, description = "The network")),
    responses((status = 200, description = "The network", body = NetworkView)))]
pub(super) async fn get_network(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<NetworkId>,
) -> Result<Json<NetworkView>, Problem> {
    Ok(Json(NetworkView::of(app.find_network(id).await?)?))
}

/// Delete a network
///
/// Only a network that no mission uses can be deleted.
#[utoipa::path(delete, path = "/v1/networks/{network_id}", operation_id = "delete_network", tag = "networks", security(("permission" = ["operate"])),
    params(("network_id" = NetworkId, Path, description = "The network")),
    responses((status = 204, description = "Deleted"), (status = 409, description = "Missions use it")))]
pub(super) async fn delete_network(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<NetworkId>,
) -> Result<StatusCode, Problem> {
    app.delete_network(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BboxQuery {
    /// West, south, east, north in degrees; everything unless given. Segments are whole, also where they leave the box.
    #[param(value_type = Option<Vec<f64>>, style = Form, explode = false, example = json!([139.79, 35.66, 139.82, 35.68]))]
    bbox: Option<String>,
}

/// Get a network's segments as GeoJSON
///
/// A LineString for each segment that touches the bounding box, ordered by segment id.
#[utoipa::path(get, path = "/v1/networks/{network_id}/geojson", operation_id = "get_network_geojson", tag = "networks", security(("permission" = ["read_mission"])),
    params(("network_id" = NetworkId, Path, description = "The network"), BboxQuery),
    responses((status = 200, description = "A feature collection (RFC 7946)", body = Object, content_type = "application/geo+json")))]
pub(super) async fn get_network_geojson(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<NetworkId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let corners = read_bbox(query.as_deref())?;
    let network = app.network(id).await?;
    // A large network is a large document: not for the async threads.
    app.compute(move || {
        let ids: Vec<SegmentId> = match corners {
            None => (0..network.segments().len() as u32).map(SegmentId).collect(),
            Some((low, high)) => network.segments_between(low, high),
        };
        geo_json(&geojson::segments(&network, ids))
    })
    .await?
}

/// A GeoJSON answer.
pub(super) fn geo_json(document: &serde_json::Value) -> Result<Response, Problem> {
    let text = serde_json::to_vec(document).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], text).into_response())
}

/// Reads the query of `GET /v1/networks/{network_id}/geojson`: the south-west and north-east corners of the box, if there is one.
///
/// # Errors
/// When it is none.
pub fn read_bbox(query: Option<&str>) -> Result<Option<(LonLat, LonLat)>, Problem> {
    let query: BboxQuery = read_query(query)?;
    query.bbox.as_deref().map(parse_bbox).transpose()
}

fn parse_bbox(text: &str) -> Result<(LonLat, LonLat), Problem> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let Some(&[west, south, east, north]) = numbers.as_deref() else {
        let message = "expected four numbers: west,south,east,north";
        return Err(
            Problem::new(StatusCode::BAD_REQUEST, "malformed_query", format!("bbox: {message}")).at("bbox", message)
        );
    };
    let (sw, ne) = (LonLat { lon: west, lat: south }, LonLat { lon: east, lat: north });
    let mut faults = Faults::default();
    faults.require(sw.is_valid() && ne.is_valid(), "bbox", "expected longitudes within ±180 and latitudes within ±90");
    let in_order = west <= east && south <= north;
    faults.require(in_order || !sw.is_valid() || !ne.is_valid(), "bbox", "west and south must be the smaller ones");
    faults.into_result("invalid_query")?;
    Ok((sw, ne))
}
